import type { ReactNode } from 'react'

/** Line icons on a 16 px grid, drawn for this product; the words beside them carry the meaning. */
const paths = {
  advance: <path d="m4 3.5 6 4.5-6 4.5ZM12.5 3.5v9" />,
  alert: <path d="M8 2.2a4 4 0 0 0-4 4c0 4-1.5 5-1.5 5h11S12 10.2 12 6.2a4 4 0 0 0-4-4ZM6.8 13.8h2.4" />,
  api: <path d="m5 4.5-3 3.5 3 3.5M11 4.5l3 3.5-3 3.5M9.2 3l-2.4 10" />,
  apps: <><rect x="2.5" y="2.5" width="4.5" height="4.5" rx="1" /><rect x="9" y="2.5" width="4.5" height="4.5" rx="1" /><rect x="2.5" y="9" width="4.5" height="4.5" rx="1" /><rect x="9" y="9" width="4.5" height="4.5" rx="1" /></>,
  audit: <path d="M4 1.8h8v12.4l-2-1.2-2 1.2-2-1.2-2 1.2ZM6.3 5h3.4M6.3 8h3.4" />,
  back: <path d="m10 4-4 4 4 4" />,
  check: <path d="m3 8.5 3.2 3.2L13 4.8" />,
  chevron: <path d="m6 4 4 4-4 4" />,
  copy: <><rect x="5.5" y="5.5" width="8" height="8" rx="1.5" /><path d="M10.5 5.5V4A1.5 1.5 0 0 0 9 2.5H4A1.5 1.5 0 0 0 2.5 4v5A1.5 1.5 0 0 0 4 10.5h1.5" /></>,
  drift: <path d="M2.5 5.7h11M2.5 10.3h11M10.5 2.5l-5 11" />,
  environments: <><circle cx="3.5" cy="8" r="1.8" /><circle cx="12.5" cy="4" r="1.8" /><circle cx="12.5" cy="12" r="1.8" /><path d="M5.2 7.2 10.8 4.7M5.2 8.8l5.6 2.5" /></>,
  hold: <><rect x="3" y="7" width="10" height="7" rx="1.5" /><path d="M5.2 7V5a2.8 2.8 0 0 1 5.6 0v2" /></>,
  image: <path d="m8 1.8 5.5 3v6.4l-5.5 3-5.5-3V4.8ZM2.7 4.9 8 7.8l5.3-2.9M8 7.8v6.2" />,
  logo: <><path d="M2.5 1.5v13M13.5 1.5v13" /><path d="M2.5 3.5h11v4h-11z" fill="currentColor" stroke="none" /><path d="M5 11.25h6M5.8 13.75h4.4" stroke="var(--candidate)" /></>,
  mixed: <><rect x="2" y="2" width="7.5" height="7.5" rx="1.2" /><rect x="6.5" y="6.5" width="7.5" height="7.5" rx="1.2" /></>,
  more: <path d="M3.5 8h0M8 8h0M12.5 8h0" strokeWidth="2.4" />,
  overview: <path d="M2 4h12M2 8h12M2 12h7" />,
  pause: <path d="M5.5 3.5v9M10.5 3.5v9" />,
  pin: <path d="M5.5 2h5l-.7 4.5 2.2 2.3H4l2.2-2.3ZM8 9v5" />,
  promote: <path d="M2.5 8h9M8 4.5 11.5 8 8 11.5M14 3v10" />,
  release: <path d="M2.5 8.5V3a.5.5 0 0 1 .5-.5h5.5l5 5-6 6ZM5.5 5.5h0" />,
  retry: <path d="M13 8a5 5 0 1 1-1.6-3.7M13 2.5v3h-3" />,
  rollout: <path d="M2 12.5h4v-4h4v-4h4" />,
  search: <><circle cx="7" cy="7" r="4.5" /><path d="m10.5 10.5 3.5 3.5" /></>,
  settings: <><path d="M2 5h6M12 5h2M2 11h2M8 11h6" /><circle cx="10" cy="5" r="1.8" /><circle cx="6" cy="11" r="1.8" /></>,
  theme: <><circle cx="8" cy="8" r="5.5" /><path d="M8 2.5v11a5.5 5.5 0 0 0 0-11Z" fill="currentColor" stroke="none" /></>,
  undo: <><path d="M5.5 3 2.5 6l3 3" /><path d="M2.5 6h7a4 4 0 0 1 0 8H6" /></>,
  x: <path d="m4 4 8 8M12 4l-8 8" />,
} satisfies Record<string, ReactNode>
export type IconName = keyof typeof paths

export const Icon = ({ name }: { name: IconName }) => <svg className="i" viewBox="0 0 16 16" aria-hidden="true">{paths[name]}</svg>
