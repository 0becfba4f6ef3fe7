/** The staff's pages: an entry of their own, which no phone loads. */
import '../styles/tokens.css'
import '../styles/desk.css'
import '../styles/desk-parts.css'
import { render } from 'preact'
import { whenExpired } from './feed'
import { startLanguage } from './language'
import { startNavigation } from './nav'
import { sessionEnded, startSession } from './session'
import { Desk } from './shell'

startLanguage()
startNavigation()
whenExpired(sessionEnded)
render(<Desk />, document.getElementById('desk')!)
void startSession()
