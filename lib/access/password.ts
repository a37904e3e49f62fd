import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** OWASP's scrypt setting with 32 MB per hash: log2 of N, r, p. The setting is part of the stored text, so it can rise later. */
const current = { logN: 15, r: 8, p: 3 }
const keyBytes = 32

const derive = (password: string, salt: Buffer, cost: { logN: number; r: number; p: number }): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const N = 2 ** cost.logN
    scrypt(password.normalize('NFKC'), salt, keyBytes, { N, r: cost.r, p: cost.p, maxmem: 256 * N * cost.r }, (err, key) => (err ? reject(err) : resolve(key)))
  })

/** `scrypt$logN$r$p$salt$key`, salt and key in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(password, salt, current)
  return ['scrypt', current.logN, current.r, current.p, salt.toString('base64url'), key.toString('base64url')].join('$')
}

/** False for a wrong password and for anything that is not one of our hashes. Takes equally long for an unknown account if given `decoyHash`. */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [kind, logN, r, p, salt, key] = stored.split('$')
  if (kind !== 'scrypt' || !salt || !key) return false
  const expected = Buffer.from(key, 'base64url')
  const cost = { logN: Number(logN), r: Number(r), p: Number(p) }
  if (expected.length !== keyBytes || !(cost.logN >= 10 && cost.logN <= 20) || !(cost.r >= 1 && cost.r <= 16) || !(cost.p >= 1 && cost.p <= 16)) return false
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'base64url'), cost), expected)
}

/** Hash of a password nobody has; checked when the account is unknown, so that the time tells nothing. */
export const decoyHash = `scrypt$${current.logN}$${current.r}$${current.p}$AAAAAAAAAAAAAAAAAAAAAA$${'A'.repeat(43)}`
