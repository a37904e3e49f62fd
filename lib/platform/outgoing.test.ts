import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkOutgoing, outgoingFetch } from '#lib/platform/outgoing.ts'

const answering = (...addresses: string[]) => async () => addresses.map((address) => ({ address, family: address.includes(':') ? (6 as const) : (4 as const) }))

test.each([
  ['a loopback address', 'http://127.0.0.1/'],
  ['another loopback address', 'http://127.8.9.1/'],
  ['decimal', 'http://2130706433/'],
  ['hexadecimal', 'http://0x7f000001/'],
  ['octal', 'http://0177.0.0.1/'],
  ['short', 'http://127.1/'],
  ['IPv6 loopback', 'http://[::1]/'],
  ['v4-mapped loopback', 'http://[::ffff:127.0.0.1]/'],
  ['v4-mapped private in hexadecimal', 'http://[::ffff:a00:1]/'],
  ['NAT64 of a private address', 'http://[64:ff9b::a00:1]/'],
  ['6to4 of a private address', 'http://[2002:a00:1::]/'],
  ['unique local', 'http://[fd12::1]/'],
  ['link-local', 'http://169.254.1.1/'],
  ['IPv6 link-local', 'http://[fe80::1]/'],
  ['private', 'http://10.1.2.3/'],
  ['private', 'http://192.168.0.1/'],
  ['private', 'http://172.16.0.1/'],
  ['carrier-grade NAT', 'http://100.64.0.1/'],
  ['unspecified', 'http://0.0.0.0/'],
  ['metadata', 'http://169.254.169.254/computeMetadata/v1/'],
  ['metadata by name', 'http://metadata.google.internal/'],
  ['metadata by name with a dot', 'http://metadata.google.internal./'],
  ['userinfo', 'http://example.com@127.0.0.1/'],
  ['userinfo before a public host', 'http://user:secret@example.com/'],
  ['another scheme', 'gopher://example.com/'],
  ['a file', 'file:///etc/passwd'],
  ['not an address', 'example.com'],
])('%s is refused: %s', async (_, url) => {
  await expect(checkOutgoing(url, { allowedHosts: [], resolve: answering('93.184.216.34') })).rejects.toMatchObject({ code: 'invalid_input', field: 'url' })
})

test.each([
  ['one private answer among public ones', ['93.184.216.34', '10.0.0.1']],
  ['a v4-mapped answer', ['::ffff:192.168.1.1']],
  ['the metadata address', ['169.254.169.254']],
  ['no answer', []],
])('a name is refused with %s', async (_, addresses) => {
  await expect(checkOutgoing('https://hooks.example.com/', { allowedHosts: [], resolve: answering(...addresses) })).rejects.toMatchObject({ code: 'invalid_input' })
})

test.each([
  ['a public name', 'https://hooks.example.com/x', [], ['93.184.216.34']],
  ['a public address', 'https://93.184.216.34/x', [], []],
  ['a listed host', 'http://grafana.corp/x', ['grafana.corp'], ['10.0.0.7']],
  ['a listed address', 'http://10.0.0.7/x', ['10.0.0.7'], []],
  ['a listed range', 'http://grafana.corp/x', ['10.0.0.0/24'], ['10.0.0.7']],
  ['a listed IPv6 range', 'http://[fd12::7]/x', ['fd12::/16'], []],
])('%s is allowed', async (_, url, allowedHosts, addresses) => {
  await expect(checkOutgoing(url, { allowedHosts, resolve: answering(...addresses) })).resolves.toMatchObject({ url: new URL(url) })
})

test.each([
  ['listed by name', ['metadata.google.internal'], 'http://metadata.google.internal/'],
  ['listed by range', ['169.254.0.0/16'], 'http://169.254.169.254/'],
  ['behind a listed name', ['inside.corp'], 'http://inside.corp/'],
  ['in IPv6', ['fd00::/8'], 'http://[fd00:ec2::254]/'],
])('the metadata service stays refused when it is %s', async (_, allowedHosts, url) => {
  await expect(checkOutgoing(url, { allowedHosts, resolve: answering('169.254.169.254') })).rejects.toThrow(/never allowed/)
})

test('a password in a refused address is not repeated', async () => {
  const refusal = await checkOutgoing('http://user:hunter2@example.com/', { allowedHosts: [], field: 'webhook' }).catch((err: unknown) => err)
  expect(String(refusal)).not.toContain('hunter2')
  expect(refusal).toMatchObject({ field: 'webhook' })
})

let server: Server
let port = 0
beforeAll(async () => {
  server = createServer((req, res) => {
    if (req.url === '/away') res.writeHead(302, { location: 'http://169.254.169.254/' }).end()
    else if (req.url === '/big') res.end('x'.repeat(5000))
    else res.end(`host ${req.headers.host}`)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  port = (server.address() as AddressInfo).port
})
afterAll(() => server.close())

const local = { allowedHosts: ['127.0.0.0/8'] }

test('a name that answers differently the second time cannot move the connection', async () => {
  let looks = 0
  const resolve = async () => [{ address: (looks += 1) === 1 ? '127.0.0.1' : '127.0.0.99', family: 4 as const }]
  await expect(outgoingFetch(`http://rebinding.example:${port}/`, { ...local, resolve })).resolves.toMatchObject({ status: 200, text: `host rebinding.example:${port}` })
  expect(looks).toBe(1)
})

test('a redirect is answered, not followed', async () => {
  await expect(outgoingFetch(`http://127.0.0.1:${port}/away`, local)).resolves.toMatchObject({ status: 302 })
})

test('an endless answer is cut', async () => {
  await expect(outgoingFetch(`http://127.0.0.1:${port}/big`, { ...local, maxBytes: 1000 })).rejects.toThrow(/more than 1000 bytes/)
})
