import { href } from '../location.ts';

export interface TabsProps {
  /** What the choice is of. */
  readonly label: string;
  readonly tabs: readonly { readonly to: string; readonly title: string }[];
  /** The one that is shown, by its `to`. */
  readonly current: string;
}

/** Parts of a view that each have an address of their own, as links. */
export function Tabs({ label, tabs, current }: TabsProps) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(({ to, title }) => (
        <a key={to} href={href(to)} aria-current={to === current ? 'page' : undefined}>
          {title}
        </a>
      ))}
    </nav>
  );
}
