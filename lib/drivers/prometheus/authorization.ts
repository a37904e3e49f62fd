/**
 * What is sent as Authorization to an address, of what the operator gave by `host` or `host:port` (SLUICE_PROMETHEUS_AUTH).
 * A host alone is of https on its usual port: in the clear, or to another port, a secret goes only where the port was given
 * too, since the scheme and the port are for whoever writes a blueprint to choose.
 */
export function authorizationFor(address: string, given: ReadonlyMap<string, string> | undefined): string | undefined {
  if (!URL.canParse(address)) return undefined
  const { protocol, hostname, port } = new URL(address)
  const isUsualHttps = protocol === 'https:' && port === ''
  return given?.get(`${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`) ?? (isUsualHttps ? given?.get(hostname) : undefined)
}
