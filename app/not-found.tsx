import Link from 'next/link'

export default function NotFound() {
  return (
    <main className="main" id="main">
      <header className="head mt-6"><div><div className="title"><h1>Not found</h1></div><p>Nothing is at this address, or you may not see it here.</p></div></header>
      <p><Link className="btn" href="/">Overview</Link></p>
    </main>
  )
}
