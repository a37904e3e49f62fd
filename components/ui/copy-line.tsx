'use client'
import { useState } from 'react'
import { Button } from '#components/ui/button.tsx'

/** A command to keep. The button says whether the clipboard took it. */
export function CopyLine({ text, label }: { text: string; label: string }) {
  const [said, setSaid] = useState<string | null>(null)
  const copy = () => {
    // Clipboards are refused on plain http and in some webviews; then the line can still be selected.
    if (!navigator.clipboard) return setSaid('Select it to copy')
    navigator.clipboard.writeText(text).then(() => setSaid('Copied'), () => setSaid('Select it to copy'))
  }
  return (
    <div>
      <pre className="code wrap" tabIndex={0} aria-label={label}>{text}</pre>
      <p className="row-f mt"><Button small icon="copy" onPress={copy}>Copy</Button><span className="small t3" role="status">{said}</span></p>
    </div>
  )
}
