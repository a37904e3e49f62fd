/**
 * A real OpenID Connect provider as its own process, for the sign-in journeys: `node oidc-server.ts <port> <redirect>`.
 * Any login and password are accepted; the login is the e-mail address. One that begins with "unverified" says so in
 * its claims. Prints "ready" when it answers.
 */
import { Provider } from 'oidc-provider'

const [port = '', redirectUri = ''] = process.argv.slice(2)
const issuer = `http://127.0.0.1:${port}`

const provider = new Provider(issuer, {
  clients: [{ client_id: 'sluice', client_secret: 'a secret of the test provider', redirect_uris: [redirectUri] }],
  // As most providers do, the address is told by the userinfo endpoint and not in the ID token.
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email: id, email_verified: !id.startsWith('unverified'), name: `Person ${id}` }) }),
  pkce: { required: () => true },
  cookies: { keys: ['a key of the test provider'] },
})
provider.on('server_error', (_, error) => process.stderr.write(`${String(error)}\n`))
provider.listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'))
