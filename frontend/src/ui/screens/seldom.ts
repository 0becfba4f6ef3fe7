/** The screens of the script that comes after the first one stands. */
export { AboutScreen } from './about'
export { HandoverScreen } from './handover'
export { HelpScreen } from './help'
export { ReadyScreen } from './ready'
export { TimesScreen } from './times'
export { WithdrawScreen } from './withdraw'
