import { lookup } from 'node:dns/promises'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import ipaddr from 'ipaddr.js'
import { AppError } from '#lib/platform/errors.ts'

type Address = { address: string; family: 4 | 6 }
type Resolve = (host: string) => Promise<readonly Address[]>
type Options = {
  /** SLUICE_ALLOWED_HOSTS: host names, addresses and CIDR ranges that may be reached although they are private. */
  allowedHosts: readonly string[]
  /** Names the setting or field in a refusal. */
  field?: string
  resolve?: Resolve
}

// These hand out credentials of the machine; no setting opens them.
const metadataNames = ['metadata', 'metadata.google.internal', 'metadata.goog', 'instance-data']
const metadataAddresses = ['169.254.169.254', '169.254.170.2', 'fd00:ec2::254', 'fd20:ce::254']

const resolveBySystem: Resolve = async (host) => (await lookup(host, { all: true, verbatim: true })).map((a) => ({ address: a.address, family: a.family === 6 ? 6 : 4 }))

/**
 * Looks at an address that a person or a blueprint named, before anything is sent: http or https, no user in it, and
 * every address it resolves to public or listed in `allowedHosts`. Answers the addresses looked at; connect to these
 * and no others, since a second look-up may answer differently. Throws `invalid_input`.
 */
export async function checkOutgoing(given: string, options: Options): Promise<{ url: URL; addresses: readonly Address[] }> {
  const field = options.field ?? 'url'
  const refuse = (why: string) => new AppError('invalid_input', `${field}: ${why}`, { field })
  if (!URL.canParse(given)) throw refuse('must be an address such as https://example.com/path')
  const url = new URL(given)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refuse('must begin with https:// or http://')
  if (url.username || url.password) throw refuse('must not carry a user or a password')
  // The parser has already turned 2130706433, 0x7f.1 and 017700000001 into 127.0.0.1.
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '').toLowerCase()
  if (metadataNames.includes(host)) throw refuse(`${host} is the machine's own metadata and never allowed`)
  const addresses = ipaddr.isValid(host) ? [{ address: host, family: ipaddr.parse(host).kind() === 'ipv6' ? (6 as const) : (4 as const) }] : await resolved(host, options.resolve ?? resolveBySystem, refuse)
  const isNamed = options.allowedHosts.some((entry) => entry.toLowerCase() === host)
  for (const { address } of addresses) {
    const why = refusalOf(address, isNamed, options.allowedHosts)
    if (why) throw refuse(host === address ? `${host} ${why}` : `${host} leads to ${address}, which ${why}`)
  }
  return { url, addresses }
}

async function resolved(host: string, resolve: Resolve, refuse: (why: string) => AppError): Promise<readonly Address[]> {
  const addresses = await resolve(host).catch((err: unknown) => {
    throw refuse(`${host} cannot be found (${err instanceof Error && 'code' in err ? String(err.code) : 'look-up failed'})`)
  })
  if (addresses.length === 0) throw refuse(`${host} cannot be found`)
  return addresses
}

function refusalOf(address: string, isNamed: boolean, allowed: readonly string[]): string | null {
  // process() unwraps ::ffff:127.0.0.1, which connects to the IPv4 address inside it.
  const ip = ipaddr.process(address.replace(/%.*$/, ''))
  if (metadataAddresses.some((m) => ipaddr.process(m).toNormalizedString() === ip.toNormalizedString())) return 'is the machine\'s own metadata and never allowed'
  if (ip.range() === 'unicast' || isNamed || allowed.some((entry) => contains(entry, ip))) return null
  return `is not a public address (${ip.range()}); SLUICE_ALLOWED_HOSTS can list the host or its range`
}

function contains(entry: string, ip: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (ipaddr.isValid(entry)) return ipaddr.process(entry).toNormalizedString() === ip.toNormalizedString()
  if (!ipaddr.isValidCIDR(entry)) return false
  const [network, bits] = ipaddr.parseCIDR(entry)
  return network.kind() === ip.kind() && ip.match(network, bits)
}

type OutgoingRequest = Options & { method?: string; headers?: Record<string, string>; body?: string; timeoutMs?: number; maxBytes?: number }
export type OutgoingAnswer = { status: number; headers: Record<string, string | string[] | undefined>; text: string }

/**
 * Sends one request to an address that was checked, connecting only to what was checked. Redirects are not followed:
 * they are answered as they are. Throws `invalid_input` for a refused address; a time-out, an answer beyond `maxBytes`
 * (1 MB) and connection failures as Error.
 */
export async function outgoingFetch(given: string, options: OutgoingRequest): Promise<OutgoingAnswer> {
  const { url, addresses } = await checkOutgoing(given, options)
  const { method = 'GET', headers = {}, body, timeoutMs = 10_000, maxBytes = 1_000_000 } = options
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const req = send(url, { method, headers, agent: false, signal: AbortSignal.timeout(timeoutMs), lookup: onlyThese(addresses) }, (res) => {
      const parts: Buffer[] = []
      let size = 0
      res.on('data', (part: Buffer) => {
        size += part.byteLength
        if (size <= maxBytes) return void parts.push(part)
        reject(new Error(`${url.host} answered more than ${maxBytes} bytes`))
        req.destroy()
      })
      res.on('error', reject)
      res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, text: Buffer.concat(parts).toString('utf8') }))
    })
    req.on('error', reject)
    req.end(body)
  })
}

type LookupDone = (err: NodeJS.ErrnoException | null, address: string | { address: string; family: number }[], family?: number) => void

/** A look-up that knows only the checked addresses, so that the name cannot lead elsewhere when the connection is made. */
const onlyThese =
  (addresses: readonly Address[]) =>
  (_host: string, options: { all?: boolean | undefined }, done: LookupDone): void => {
    const [first] = addresses
    if (options.all || !first) done(null, [...addresses])
    else done(null, first.address, first.family)
  }
