/** The mark: a ballot box whose tick comes out through the slot. Paths on a grid of 24, strokes 2 wide, round ends. */
export const MARK = [
  'M12.6 9H5.2A2.2 2.2 0 0 0 3 11.2v7.6A2.2 2.2 0 0 0 5.2 21h13.6a2.2 2.2 0 0 0 2.2-2.2v-7.6A2.2 2.2 0 0 0 18.8 9h-.6',
  'm7.6 13.2 3.5 3.8L18.6 3.4',
]

const STEPS_PER_ARC = 16

/** A path of M, L, H, V, A (either case) as a list of points. Lines after the first pair of m are implied. */
export function flatten(path) {
  const tokens = path.match(/[a-zA-Z]|-?(?:\d+\.\d+|\.\d+|\d+)/g)
  const points = []
  let at = [0, 0]
  let command = ''
  for (let i = 0; i < tokens.length; ) {
    if (/[a-zA-Z]/.test(tokens[i])) command = tokens[i++]
    const next = (count) => tokens.slice(i, (i += count)).map(Number)
    const from = command === command.toLowerCase() ? at : [0, 0]
    at = step(command.toLowerCase(), from, at, next, points)
    if (command === 'm') command = 'l'
    if (command === 'M') command = 'L'
  }
  return points
}

function step(command, [dx, dy], at, next, points) {
  if (command === 'h') return push(points, [next(1)[0] + dx, at[1]])
  if (command === 'v') return push(points, [at[0], next(1)[0] + dy])
  if (command === 'a') {
    const [radius, , , , sweep, x, y] = next(7)
    return arc(points, at, [x + dx, y + dy], radius, sweep)
  }
  const [x, y] = next(2)
  return push(points, [x + dx, y + dy])
}

function push(points, point) {
  points.push(point)
  return point
}

/** The small arc of a circle between two points; the mark has no other. */
function arc(points, [x0, y0], [x1, y1], radius, sweep) {
  const [mx, my, dx, dy] = [(x0 + x1) / 2, (y0 + y1) / 2, (x1 - x0) / 2, (y1 - y0) / 2]
  const half = Math.hypot(dx, dy)
  const away = Math.sqrt(Math.max(0, radius * radius - half * half)) * (sweep ? 1 : -1)
  const [cx, cy] = [mx - (dy / half) * away, my + (dx / half) * away]
  const begin = Math.atan2(y0 - cy, x0 - cx)
  let turn = Math.atan2(y1 - cy, x1 - cx) - begin
  if (sweep && turn < 0) turn += 2 * Math.PI
  if (!sweep && turn > 0) turn -= 2 * Math.PI
  for (let i = 1; i <= STEPS_PER_ARC; i++) {
    const angle = begin + (turn * i) / STEPS_PER_ARC
    points.push([cx + radius * Math.cos(angle), cy + radius * Math.sin(angle)])
  }
  return [x1, y1]
}
