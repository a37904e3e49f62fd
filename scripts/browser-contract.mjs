/**
 * A contract as the browser gets it: its data, without its schemas. A loader of the build (next.config.js), since the
 * schemas and what reads them would be a sixth of every page's scripts, and the server parses each answer already.
 * A schema is left out, so that browser code which imports one does not build; the schemas of an endpoint throw.
 */
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const isSchema = (/** @type {unknown} */ value) => typeof value === 'object' && value !== null && '_zod' in value
const absent = (/** @type {string} */ of) => `() { throw new Error(${JSON.stringify(`${of} is a schema, and the browser has none: let the server parse, and check by hand what must be checked here`)}) }`

/** @returns {string} the module in place of one with these exports */
export function browserContract(/** @type {string} */ file, /** @type {Record<string, unknown>} */ exports) {
  return Object.entries(exports).map(([name, value]) => (isSchema(value) ? '' : `export const ${name} = ${literal(`${name} in ${file}`, value)}\n`)).join('')
}

/** Plain data only: what a function or a date would come out as is not what the server has. */
function literal(/** @type {string} */ at, /** @type {unknown} */ value) {
  if (isSchema(value)) throw new Error(`${at} is a schema inside of data`)
  if (Array.isArray(value)) return `[${value.map((item) => literal(at, item)).join(', ')}]`
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return JSON.stringify(value)
  if (typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) throw new Error(`${at} is neither data nor a schema nor an endpoint: the browser cannot get it from a contract`)
  const isEndpoint = 'input' in value && 'output' in value && 'path' in value
  const fields = Object.entries(value).map(([key, inner]) => (isEndpoint && isSchema(inner) ? `get ${key}${absent(`the ${key} of ${at}`)}` : `${JSON.stringify(key)}: ${literal(`${at}, ${key}`, inner)}`))
  return `{ ${fields.join(', ')} }`
}

/** @this {{ async(): (error: Error | null, code?: string) => void, resourcePath: string }} */
export default function loader() {
  const done = this.async()
  import(pathToFileURL(this.resourcePath).href).then((exports) => done(null, browserContract(path.relative(path.join(import.meta.dirname, '..'), this.resourcePath), exports)), done)
}
