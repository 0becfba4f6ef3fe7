/**
 * A copy of what lies here, for the mission to take in: the way out when nothing else leads there. It holds every word,
 * also what was typed since the last operation, and what a full disk does not take.
 */
import type { Board } from './store/board'
import { isDirty } from './store/drafts'
import { type Mint, mintRevision, sealUnkept } from './store/mint'
import type { Draft, OperationRecord } from './store/records'
import type { Saver } from './store/saver'
import { withRoom } from './store/space'
import { toWire } from './sync/wire-shapes'

export interface Copier {
  /** Whether the copy that was saved last holds everything that lies here now. */
  covers(): boolean
  save(which: 'unsent' | 'all'): Promise<Blob>
}

export function copier(board: Board, saver: Saver, mint: () => Mint): Copier {
  let covered = ''
  const drafts = (): Draft[] => saver.all(board.drafts.peek())
  /** Changes with each word typed, and with each operation. */
  const standing = (ops: number): string => drafts().reduce((sum, { rev }) => sum + rev, 0) + ` ${ops}`

  async function save(which: 'unsent' | 'all'): Promise<Blob> {
    const before = standing(0)
    const unkept = await sealAll(await keepAll())
    const ops = await mint().outbox.read(['ops'], (tx) => tx.objectStore('ops').index('number').getAll())
    const receipts = board.receipts.peek()
    const chosen = which === 'all' ? ops : ops.filter((op) => receipts.get(op.op_id)?.state !== 'received')
    const lines = [...chosen, ...unkept].map((op) => `${JSON.stringify({ ...toWire(op, ''), mission: op.mission })}\n`)
    lines.push(`${JSON.stringify(await papers())}\n`)
    if (before === standing(0)) covered = standing(ops.length)
    return new Blob(lines, { type: 'application/x-ndjson' })
  }

  /** What the server signed last: it seals everything below, and holds whoever would rewrite the log to it. */
  function papers(): Promise<object> {
    return mint().outbox.read(['meta'], async (tx) => {
      const meta = tx.objectStore('meta')
      return { kind: 'urna.papers', known: await meta.get('known'), checkpoint: await meta.get('checkpoint') }
    })
  }

  /** What was typed becomes operations. Gives the drafts of which the disk takes none. */
  async function keepAll(): Promise<Draft[]> {
    const { mission } = board.identity.peek()!
    const unkept: Draft[] = []
    for (const draft of drafts()) {
      if (draft.mission === mission && isDirty(draft)) await keep(draft).catch(() => unkept.push(draft))
    }
    await board.loadOutbox()
    return unkept
  }

  async function keep({ report_id }: Draft): Promise<void> {
    await saver.idle(report_id)
    await withRoom(mint().outbox, () => mintRevision(mint(), report_id))
  }

  async function sealAll(unkept: Draft[]): Promise<OperationRecord[]> {
    const sealed: OperationRecord[] = []
    for (const draft of unkept) sealed.push(await sealUnkept(mint(), draft, sealed.length))
    return sealed
  }

  return { covers: () => covered === standing(board.ops.peek().size), save }
}
