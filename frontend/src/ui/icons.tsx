/** The icons of the look: one path each on a grid of 24, drawn by stroke. */
const paths = {
  mark: 'M12.6 9H5.2A2.2 2.2 0 0 0 3 11.2v7.6A2.2 2.2 0 0 0 5.2 21h13.6a2.2 2.2 0 0 0 2.2-2.2v-7.6A2.2 2.2 0 0 0 18.8 9h-.6M7.6 13.2l3.5 3.8L18.6 3.4',
  back: 'm14.5 5-7 7 7 7',
  next: 'm9.5 5 7 7-7 7',
  down: 'm5 9 7 7 7-7',
  tick: 'm4.5 12.8 4.8 5L19.5 6.5',
  received: 'M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0zM7.8 12.4l3 3.1 5.6-6.3',
  offline: 'M4 4l16 16M9.2 6.6A6 6 0 0 1 17.6 11a4 4 0 0 1 2.7 5.4M16.5 18H7a4.5 4.5 0 0 1-.9-8.9',
  sending: 'M12 20V5M5.5 11 12 4.5l6.5 6.5',
  held: 'M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0zM10 9v6M14 9v6',
  lost: 'M8.3 3h7.4L21 8.3v7.4L15.7 21H8.3L3 15.7V8.3zM12 7.5v5.5M12 16.4v.1',
  kept: 'M9 2.5h6a2.5 2.5 0 0 1 2.5 2.5v14a2.5 2.5 0 0 1-2.5 2.5H9A2.5 2.5 0 0 1 6.5 19V5A2.5 2.5 0 0 1 9 2.5zM11 18h2',
  finding: 'M12 3.6 21.4 20H2.6zM12 9.6v4.6M12 17v.1',
  notice: 'M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0zM12 7.5v5.5M12 16.4v.1',
  unequal: 'M5 9h14M5 15h14M16 4.5 8 19.5',
  unseen: 'M4 4l16 16M9.5 6.4A9 9 0 0 1 12 6c5.5 0 9 6 9 6a15 15 0 0 1-2.6 3.3M6.2 8.1A14.6 14.6 0 0 0 3 12s3.5 6 9 6a9 9 0 0 0 3.5-.7',
  clear: 'M9 5.5h10.5a1.5 1.5 0 0 1 1.5 1.5v10a1.5 1.5 0 0 1-1.5 1.5H9L3 12zM12 9.5l5 5M17 9.5l-5 5',
  note: 'M4 6h16M4 11h16M4 16h9',
  help: 'M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0zM9.3 9.6a2.8 2.8 0 1 1 3.9 2.6c-.8.35-1.2.9-1.2 1.7M12 16.8v.1',
  pin: 'M12 21s7-6.3 7-11.2A7 7 0 0 0 5 9.8C5 14.7 12 21 12 21zM14.5 9.8a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z',
  search: 'M17 10.5a6.5 6.5 0 1 1-13 0 6.5 6.5 0 0 1 13 0zM15.5 15.5l5 5',
  flag: 'M5.5 21V4M5.5 5H18l-2.8 4L18 13H5.5',
  plus: 'M12 5v14M5 12h14',
  phone: 'M5 3.5h3.6l1.6 4.3-2.2 1.6a12 12 0 0 0 6.6 6.6l1.6-2.2 4.3 1.6V19a2 2 0 0 1-2 2A16.5 16.5 0 0 1 3 5.5a2 2 0 0 1 2-2z',
  clock: 'M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0zM12 7v5.3l3.3 2',
  copy: 'M12 3.5V14M7.5 10l4.5 4.5L16.5 10M4 17.5V20h16v-2.5',
  night: 'M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z',
  team: 'M12.5 8.5a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0zM2.5 20c.4-4 3-6 6.5-6s6.1 2 6.5 6M15.5 5.2a3.5 3.5 0 0 1 0 6.6M18 14.6c2 .8 3.2 2.6 3.5 5.4',
  barred: 'M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0zM5.7 5.7l12.6 12.6',
  dash: 'M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0zM8 12h8',
  edit: 'm4 20 .9-4L16 4.9a1.7 1.7 0 0 1 2.4 0l.7.7a1.7 1.7 0 0 1 0 2.4L8 19.1z',
} as const

export type IconName = keyof typeof paths

/** Arrows that point along the line of reading turn round in right-to-left. */
const flips = (name: IconName): boolean => name === 'back' || name === 'next'

export function Icon({ name, small, cls }: { name: IconName; small?: boolean; cls?: string }) {
  const classes = ['i', small ? 'i-s' : '', flips(name) ? 'flip' : '', cls ?? ''].filter(Boolean).join(' ')
  return (
    <svg class={classes} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  )
}
