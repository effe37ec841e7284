/** Outlines on a field of 16 by 16. */
const shapes = {
  close: 'M4 4l8 8M12 4l-8 8',
  help: 'M6.2 6.2a1.9 1.9 0 1 1 2.6 1.8c-.5.2-.8.6-.8 1.2v.3M8 11.7v.1M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8',
  person: 'M8 8.2a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4M2.8 13.6c.6-2.2 2.6-3.5 5.2-3.5s4.6 1.3 5.2 3.5',
  sun: 'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M8 1.2v1.6M8 13.2v1.6M1.2 8h1.6M13.2 8h1.6M3.2 3.2l1.1 1.1M11.7 11.7l1.1 1.1M3.2 12.8l1.1-1.1M11.7 4.3l1.1-1.1',
  moon: 'M13.4 9.7A5.8 5.8 0 0 1 6.3 2.6a5.8 5.8 0 1 0 7.1 7.1',
  system: 'M1.8 3h12.4v8H1.8zM5.5 13.8h5M8 11v2.8',
  copy: 'M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z',
  check: 'M3 8.5l3.3 3.3L13 4.8',
  warning: 'M8 2.2L14.3 13H1.7zM8 6.5v3M8 11.3v.1',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.3 10.3l3.4 3.4',
  down: 'M4 6.2l4 4 4-4',
  up: 'M4 9.8l4-4 4 4',
  right: 'M6.2 4l4 4-4 4',
  left: 'M9.8 4l-4 4 4 4',
  more: 'M3 8a.5.5 0 1 0 1 0 .5.5 0 1 0-1 0M7.5 8a.5.5 0 1 0 1 0 .5.5 0 1 0-1 0M12 8a.5.5 0 1 0 1 0 .5.5 0 1 0-1 0',
  plus: 'M8 3v10M3 8h10',
  filter: 'M2 3.5h12l-4.7 5.2v4.3l-2.6-1.3V8.7z',
  columns: 'M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10',
  download: 'M8 2.5v7.5M4.8 7L8 10.2 11.2 7M2.8 13.5h10.4',
  refresh: 'M13 8a5 5 0 1 1-1.5-3.6M13 2.2v2.7h-2.7',
  end: 'M8 1.8v6M4.6 3.8a5.6 5.6 0 1 0 6.8 0',
  calendar: 'M2.5 4h11v9.5h-11zM2.5 7h11M5.5 2.2V4.8M10.5 2.2V4.8',
  clock: 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8M8 4.5V8l2.4 1.6',
} as const;
export type IconName = keyof typeof shapes;

/** A small drawing beside a text; screen readers pass it over. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={shapes[name]} />
    </svg>
  );
}
