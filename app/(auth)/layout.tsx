import type { ReactNode } from 'react'

/** One narrow column; nothing of the product shows before a person is known. */
export default function AuthLayout({ children }: { children: ReactNode }) {
  return <main className="mx-auto flex min-h-dvh max-w-sm flex-col justify-center gap-6 p-6">{children}</main>
}
