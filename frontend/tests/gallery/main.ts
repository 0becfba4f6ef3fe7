/** The gallery: one screen in one state. ?world=full&lang=ru&theme=dark&route={"at":"today"} */
import '../../src/styles/tokens.css'
import '../../src/styles/base.css'
import '../../src/styles/parts.css'
import '../../src/styles/form.css'
import '../../src/styles/screens.css'
import type { Checklist, Language, Theme } from '../../src/store/api'
import { startScreens } from '../../src/ui/start'
import { fakePhone } from './fake-phone'
import { worlds } from './worlds'

const query = new URLSearchParams(location.search)
const forms = (await (await fetch('./forms.json')).json()) as Checklist[]
const phone = fakePhone(forms, worlds[query.get('world') ?? 'full']!)
void phone.setLanguage((query.get('lang') ?? 'en') as Language)
void phone.setTheme((query.get('theme') ?? 'light') as Theme)
const route: unknown = JSON.parse(query.get('route') ?? '{"at":"today"}')
history.replaceState({ route, trail: [], y: 0 }, '')
startScreens(phone, document.getElementById('app')!)
