/** The icons of the look. They are drawn in sprite.svg, which the build puts into the page: a grid of 24, one stroke. */
export type IconName =
  | 'mark' | 'back' | 'next' | 'down' | 'tick' | 'received' | 'offline' | 'sending' | 'held' | 'lost' | 'kept' |
  'finding' | 'notice' | 'unequal' | 'unseen' | 'clear' | 'note' | 'help' | 'pin' | 'search' | 'flag' | 'plus' |
  'phone' | 'photo' | 'clock' | 'copy' | 'night' | 'team' | 'barred' | 'dash' | 'edit'

export function Icon({ name, small, cls }: { name: IconName; small?: boolean; cls?: string }) {
  return (
    <svg class={`i i-${name} ${small ? 'i-s' : ''} ${cls ?? ''}`} aria-hidden="true" focusable="false">
      <use href={`#i-${name}`} />
    </svg>
  )
}
