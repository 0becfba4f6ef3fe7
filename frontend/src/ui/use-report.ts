/** The report that screens work on: opened once, and kept open from screen to screen. */
import { useEffect } from 'preact/hooks'
import type { OpenReport } from '../store/api'
import { current, phone } from './app-state'
import { swap } from './nav'

function take(report: OpenReport): void {
  current.value?.close()
  current.value = report
}

/** The open report `id`, null until it has come. */
export function useReport(id: string | undefined): OpenReport | null {
  useEffect(() => {
    if (!id || current.peek()?.report_id === id) return
    let gone = false
    phone.openReport(id).then(
      (report) => (gone ? report.close() : take(report)),
      () => gone || swap({ at: 'today' }),
    )
    return () => void (gone = true)
  }, [id])
  return current.value?.report_id === id ? current.value : null
}

/** Before the app is started anew, no report may be open. */
export function closeReport(): void {
  current.value?.close()
  current.value = null
}
