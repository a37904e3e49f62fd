/**
 * A loader of the build for packages that no browser code may bring along: it ends the build, which then names the way
 * by which the package came.
 * @this {{ resourcePath: string }}
 */
export default function loader() {
  throw new Error(`${this.resourcePath} is not for the browser: the server parses (docs/adr/031-contracts-without-schemas-in-the-browser.md)`)
}
