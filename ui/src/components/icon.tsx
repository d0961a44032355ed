/** Line icons, 16 px, drawn for this UI. Decorative: the control beside them carries the name. */
const PATHS = {
  overview: 'M2.5 13.5h11M4 11V7.5M7 11V3.5M10 11V6M13 11V4.5',
  issues: 'M8 2.2 14.3 13H1.7L8 2.2ZM8 6.5v3M8 11.2v.1',
  logs: 'M2.5 3.5h11M2.5 6.5h8M2.5 9.5h11M2.5 12.5h6',
  traces: 'M2 3.5h7M4.5 6.5h6M6.5 9.5h4M8 12.5h6',
  map: 'M1.8 6h3.4v4H1.8zM10.8 2h3.4v4h-3.4zM10.8 10h3.4v4h-3.4zM5.2 8h2.6M10.8 4H7.8v8h3',
  metrics: 'M2 12 5.5 7.5l3 2.5L14 3.5M10.5 3.5H14V7',
  dashboards: 'M2 2.5h5v6H2zM9 2.5h5v3.5H9zM9 8.5h5v5H9zM2 11h5v2.5H2z',
  releases: 'M2.5 2.5h5.2l5.8 5.8-5.2 5.2-5.8-5.8V2.5ZM5.4 5.4h.1',
  crons: 'M3 3.5h10v10H3zM3 6.5h10M5.5 2v3M10.5 2v3M8 8.3v2.2l1.6 1',
  project: 'M2.5 5 8 2l5.5 3v6L8 14l-5.5-3V5ZM2.5 5 8 8l5.5-3M8 8v6',
  edit: 'M3 13l.6-2.6 7.5-7.5 2 2-7.5 7.5L3 13ZM9.8 4.2l2 2',
  start: 'M8 1.8c2.6 1.5 3.8 4 3.3 7.2l-1.5 2H6.2l-1.5-2C4.2 5.8 5.4 3.3 8 1.8ZM6.2 11v3M9.8 11v3M8 6.3v.1',
  settings: 'M2 4.5h6.5M11.5 4.5H14M2 11.5h2.5M7.5 11.5H14M10 3v3M6 10v3',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10ZM10.7 10.7 14 14',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.8V8l2.2 1.6',
  refresh: 'M13.2 6.5A5.5 5.5 0 1 0 13.3 9.5M13.5 3v3.5H10',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  check: 'M3 8.5 6.5 12 13 4.5',
  close: 'M4 4l8 8M12 4l-8 8',
  right: 'M6 3.5 10.5 8 6 12.5',
  left: 'M10 3.5 5.5 8 10 12.5',
  down: 'M3.5 6 8 10.5 12.5 6',
  up: 'M3.5 10 8 5.5 12.5 10',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  sun: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3.05 3.05l1.06 1.06M11.89 11.89l1.06 1.06M3.05 12.95l1.06-1.06M11.89 4.11l1.06-1.06',
  moon: 'M13.5 9.8A6 6 0 0 1 6.2 2.5a6 6 0 1 0 7.3 7.3Z',
  filterIn: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10ZM10.7 10.7 14 14M7 5v4M5 7h4',
  filterOut: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10ZM10.7 10.7 14 14M5 7h4',
  link: 'M6.5 9.5l3-3M7 4.5l1.5-1.5a3 3 0 0 1 4.5 4.5L11.5 9M9 11.5 7.5 13A3 3 0 0 1 3 8.5L4.5 7',
  external: 'M6 3.5H3v9.5h9.5v-3M9 2.5h4.5V7M13.5 2.5 7.5 8.5',
  user: 'M8 8a2.8 2.8 0 1 0 0-5.6A2.8 2.8 0 0 0 8 8ZM2.8 13.6c.6-2.4 2.6-3.6 5.2-3.6s4.6 1.2 5.2 3.6',
  play: 'M4.5 3v10l8-5-8-5Z',
  pause: 'M5 3v10M11 3v10',
  warn: 'M8 2.2 14.3 13H1.7L8 2.2ZM8 6.5v3M8 11.2v.1',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 7.3v3.7M8 5v.1',
  eye: 'M1.5 8C3 5 5.3 3.5 8 3.5S13 5 14.5 8c-1.5 3-3.8 4.5-6.5 4.5S3 11 1.5 8ZM8 9.8a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6Z',
  zoomOut: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10ZM10.7 10.7 14 14M5 7h4',
  keyboard: 'M1.5 4h13v8h-13zM4 6.5h.1M6.5 6.5h.1M9 6.5h.1M11.5 6.5h.1M5 9.5h6',
  list: 'M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.1M2.5 8h.1M2.5 12h.1',
  more: 'M3.2 8h.1M8 8h.1M12.8 8h.1',
  star: 'M8 2l1.8 3.8 4.2.5-3.1 2.9.8 4.1L8 11.3l-3.7 2 .8-4.1L2 6.3l4.2-.5L8 2Z',
  download: 'M8 2v8M4.8 7 8 10.2 11.2 7M2.5 13.5h11',
  trash: 'M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5 5 13.5h6l.5-9',
  sidebar: 'M2 3h12v10H2zM6 3v10',
  out: 'M6 2.5H2.5v11H6M6.5 8h7M10.5 5l3 3-3 3',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}

export function Logo({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false" class="logo">
      <rect width="32" height="32" rx="8" class="logo-box" />
      <path d="M16 11 8.5 25M16 11l7.5 14M16 11v14" class="logo-legs" fill="none" stroke-width="2.6" stroke-linecap="round" />
      <circle cx="16" cy="9" r="3.2" class="logo-head" />
    </svg>
  );
}
