import './globals.css'
import { GeistMono } from 'geist/font/mono'
import { GeistSans } from 'geist/font/sans'
import type { Metadata, Viewport } from 'next'
import { cookies } from 'next/headers'
import type { ReactNode } from 'react'
import { nowMs } from '#lib/platform/clock.ts'
import { Providers } from './providers.tsx'

export const metadata: Metadata = { title: { default: 'Sluice', template: '%s · Sluice' }, description: 'Release control plane', icons: { icon: '/icon.svg' } }
export const viewport: Viewport = { width: 'device-width', initialScale: 1, themeColor: [{ media: '(prefers-color-scheme: dark)', color: '#0e1013' }, { media: '(prefers-color-scheme: light)', color: '#fcfdfd' }] }

/** The theme comes from a cookie, so that the first draw has it without an inline script; without one the system's holds. */
export default async function RootLayout({ children }: { children: ReactNode }) {
  const chosen = (await cookies()).get('theme')?.value
  const theme = chosen === 'light' || chosen === 'dark' ? chosen : undefined
  return (
    <html lang="en" className={`${GeistSans.variable} ${GeistMono.variable}`} data-theme={theme}>
      <body><Providers initialMs={await nowMs()}>{children}</Providers></body>
    </html>
  )
}
