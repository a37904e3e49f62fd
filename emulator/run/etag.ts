const varint = (value: number): number[] => {
  const bytes: number[] = []
  let rest = value
  while (rest >= 128) {
    bytes.push((rest % 128) + 128)
    rest = Math.floor(rest / 128)
  }
  return [...bytes, rest]
}

export const microsOf = (time: string): number => Date.parse(`${time.slice(0, 19)}Z`) * 1000 + Number((/\.(\d+)/.exec(time)?.[1] ?? '0').padEnd(6, '0').slice(0, 6))

export function timeOf(micros: number): string {
  return `${new Date(Math.floor(micros / 1000)).toISOString().slice(0, 19)}.${String(micros % 1_000_000).padStart(6, '0')}Z`
}

/** `"<b64url(Timestamp of updateTime)>/<b64url(resource name)>"`, quotes included, no padding (gcp.md 3.1). */
export function etagOf(name: string, updateTime: string): string {
  const micros = microsOf(updateTime)
  const nanos = (micros % 1_000_000) * 1000
  const stamp = Buffer.from([8, ...varint(Math.floor(micros / 1_000_000)), ...(nanos === 0 ? [] : [16, ...varint(nanos)])])
  return `"${stamp.toString('base64url')}/${Buffer.from(name).toString('base64url')}"`
}

/** The version an etag speaks of, in microseconds, for the text of a conflict; the etag itself when it is not one of ours. */
export function versionOf(etag: string): string {
  const bytes = Buffer.from(etag.replaceAll('"', '').split('/')[0] ?? '', 'base64url')
  const values: number[] = []
  for (let i = 0; i < bytes.length;) {
    i += 1
    let value = 0
    let scale = 1
    while (i < bytes.length) {
      const byte = bytes[i++] ?? 0
      value += (byte % 128) * scale
      scale *= 128
      if (byte < 128) break
    }
    values.push(value)
  }
  const [seconds, nanos = 0] = values
  return bytes[0] === 8 && seconds !== undefined ? String(seconds * 1_000_000 + Math.floor(nanos / 1000)) : etag
}

/** v1's resourceVersion: the update time in microseconds as eight bytes, base64. */
export function resourceVersionOf(updateTime: string): string {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(microsOf(updateTime)))
  return bytes.toString('base64').replaceAll('=', '')
}

export function versionOfResource(resourceVersion: string): string {
  const bytes = Buffer.from(resourceVersion, 'base64')
  return bytes.length === 8 ? String(bytes.readBigUInt64BE()) : resourceVersion
}
