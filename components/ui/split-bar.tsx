export type SplitPart = { arm: 'st' | 'ca' | 'ot'; percent: number; name: string }

/**
 * Shares of a whole as one bar. A filled bar is what was read, a `ghost` (dashed) bar what is wanted.
 * Parts of 0% keep their place without width, so that the bar grows smoothly when they get some.
 */
export function SplitBar({ parts, size, ghost = false }: { parts: readonly SplitPart[]; size?: 'row' | 'mid' | 'big'; ghost?: boolean }) {
  const kind = ghost ? 'ghost' : size === 'big' || size === 'mid' ? size : ''
  const label = `${ghost ? 'wanted: ' : ''}${parts.map((p) => `${p.name} ${p.percent}%`).join(', ')}`
  return (
    <span className={`split ${kind}`} role="img" aria-label={label} title={label}>
      {parts.map((p) => <span key={p.name} className={`${p.arm}${p.percent === 0 ? ' nil' : ''}`} style={{ flexGrow: p.percent }} />)}
    </span>
  )
}
