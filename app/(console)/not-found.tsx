import Link from 'next/link'

export default function NotFound() {
  return (
    <>
      <header className="head mt-11"><div><div className="title"><h1>Not found</h1></div><p>Nothing is at this address, or you may not see it here.</p></div></header>
      <p><Link className="btn" href="/">Overview</Link></p>
    </>
  )
}
