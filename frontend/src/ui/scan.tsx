/** Reading the card's picture with the camera, in browsers that can; everywhere else the code is typed. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { t } from './app-state'
import { State } from './parts'

const LOOK_MS = 200

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>
}
const { BarcodeDetector: Reader } = globalThis as { BarcodeDetector?: new (options: { formats: string[] }) => Detector }

export const canScan = (): boolean => Boolean(Reader && navigator.mediaDevices)

/** The camera's picture until a link with a code stands in it. The camera goes off with this. */
export function Scan({ onCode }: { onCode: (code: string) => void }) {
  const video = useRef<HTMLVideoElement>(null)
  const [failed, setFailed] = useState(false)
  useEffect(() => {
    let stream: MediaStream | undefined
    let over = false
    const off = (): void => stream?.getTracks().forEach((track) => track.stop())
    const look = async (): Promise<void> => {
      const reader = new Reader!({ formats: ['qr_code'] })
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
      if (over) return off()
      const picture = video.current!
      picture.srcObject = stream
      await picture.play()
      while (!over) {
        for (const { rawValue } of await reader.detect(picture)) {
          const code = /#c=([\w-]+)/.exec(rawValue)
          if (code) return onCode(code[1]!)
        }
        await new Promise((done) => setTimeout(done, LOOK_MS))
      }
    }
    look().catch(() => setFailed(true))
    return () => {
      over = true
      off()
    }
  }, [])
  return failed ? <State icon="notice" title={t('scanNo')} /> : <video ref={video} class="camera" playsInline muted aria-label={t('scanDo')} />
}
