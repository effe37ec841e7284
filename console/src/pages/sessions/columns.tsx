import { signal } from '@preact/signals';
import { Chip } from '../../components/chip.tsx';
import { Menu } from '../../components/menu.tsx';
import { Time } from '../../components/time.tsx';
import type { Column } from '../../components/virtual-table.tsx';
import { strings } from '../../strings.ts';
import type { Session } from './view.ts';

const texts = strings.sessions;

type Name = keyof typeof texts.column;

/** How each column is shown, in the order of the table. */
const shapes: Readonly<Record<Name, Omit<Column<Session>, 'key' | 'title'>>> = {
  username: { width: 'minmax(9rem, 2fr)', render: ({ username }) => <strong>{username}</strong> },
  subject: { width: 'minmax(9rem, 2fr)', render: ({ subject }) => subject },
  realm: { width: 'minmax(6rem, 1fr)', render: ({ realm }) => realm },
  provider: {
    width: 'minmax(8rem, 1fr)',
    render: ({ provider }) => (
      <>
        {provider.name} <span class="quiet">{provider.type}</span>
      </>
    ),
  },
  app: { width: 'minmax(6rem, 1fr)', render: ({ app }) => app ?? '' },
  ip: { width: 'minmax(9rem, 1fr)', render: ({ client }) => <span class="mono">{client.ip ?? ''}</span> },
  groups: { width: 'minmax(8rem, 1fr)', render: ({ accessGroups }) => accessGroups.join(', ') },
  userAgent: { width: 'minmax(10rem, 2fr)', render: ({ client }) => client.userAgent ?? '' },
  createdAt: { width: '8.5rem', sortable: true, render: ({ createdAt }) => <Time at={createdAt} relative /> },
  lastAccessAt: {
    width: '8.5rem',
    sortable: true,
    render: ({ lastAccessAt }) => <Time at={lastAccessAt} relative />,
  },
  state: {
    width: '7rem',
    render: ({ ended }) =>
      ended === undefined ? (
        <Chip tone="good">{texts.live}</Chip>
      ) : (
        <Chip>{texts.reasons[ended.reason]}</Chip>
      ),
  },
  id: { width: '20rem', render: ({ id }) => <span class="mono">{id}</span> },
};

const names = Object.keys(shapes) as Name[];
const usual: readonly Name[] = [
  'username',
  'realm',
  'provider',
  'app',
  'ip',
  'createdAt',
  'lastAccessAt',
  'state',
];
const storedAs = 'curfew.sessions.columns';

const shown = signal<readonly Name[]>(stored() ?? usual);

/** The columns that the reader has chosen. */
export function shownColumns(): Column<Session>[] {
  return names
    .filter((name) => shown.value.includes(name))
    .map((key) => ({ key, title: texts.column[key], ...shapes[key] }));
}

/** The choice of columns. The user always stays, so that a row is somebody's. */
export function ColumnsMenu() {
  return (
    <Menu
      label={texts.columns}
      icon="columns"
      items={names
        .filter((name) => name !== 'username')
        .map((name) => ({
          label: texts.column[name],
          checked: shown.value.includes(name),
          onSelect: () => toggle(name),
        }))}
    />
  );
}

function toggle(name: Name): void {
  shown.value = shown.value.includes(name)
    ? shown.value.filter((one) => one !== name)
    : [...shown.value, name];
  try {
    localStorage.setItem(storedAs, JSON.stringify(shown.value));
  } catch {
    // Without storage the choice holds until the page is left.
  }
}

function stored(): Name[] | undefined {
  try {
    const read: unknown = JSON.parse(globalThis.localStorage?.getItem(storedAs) ?? 'null');
    return Array.isArray(read) ? ['username', ...names.filter((name) => read.includes(name))] : undefined;
  } catch {
    return undefined;
  }
}
