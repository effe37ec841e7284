import { signal } from '@preact/signals';
import { Chip } from '../../components/chip.tsx';
import { Menu } from '../../components/menu.tsx';
import { Name, Names } from '../../components/name.tsx';
import { Time } from '../../components/time.tsx';
import type { Column } from '../../components/virtual-table.tsx';
import { strings } from '../../strings.ts';
import type { Session } from './view.ts';

const texts = strings.sessions;

type ColumnName = keyof typeof texts.column;

function stateColumn(gone: ReadonlySet<string>): Omit<Column<Session>, 'key' | 'title'> {
  return {
    width: '7.5rem',
    render: ({ id, ended }) => {
      if (ended !== undefined) return <Chip>{texts.reasons[ended.reason]}</Chip>;
      return gone.has(id) ? <Chip tone="warning">{texts.gone}</Chip> : <Chip tone="good">{texts.live}</Chip>;
    },
  };
}

/** How each column is shown, in the order of the table. */
const shapes: Readonly<Record<ColumnName, Omit<Column<Session>, 'key' | 'title'>>> = {
  username: {
    width: 'minmax(9rem, 2fr)',
    render: ({ username }) => (
      <strong>
        <Name text={username} />
      </strong>
    ),
  },
  subject: { width: 'minmax(9rem, 2fr)', render: ({ subject }) => <Name text={subject} /> },
  realm: { width: 'minmax(6rem, 1fr)', render: ({ realm }) => <Name text={realm} /> },
  provider: {
    width: 'minmax(8rem, 1fr)',
    render: ({ provider }) => (
      <>
        <Name text={provider.name} />{' '}
        <span class="quiet">
          <Name text={provider.type} />
        </span>
      </>
    ),
  },
  app: { width: 'minmax(6rem, 1fr)', render: ({ app }) => <Name text={app ?? ''} /> },
  ip: { width: 'minmax(9rem, 1fr)', render: ({ client }) => <span class="mono">{client.ip ?? ''}</span> },
  groups: { width: 'minmax(8rem, 1fr)', render: ({ accessGroups }) => <Names texts={accessGroups} /> },
  userAgent: { width: 'minmax(10rem, 2fr)', render: ({ client }) => <Name text={client.userAgent ?? ''} /> },
  createdAt: { width: '8.5rem', sortable: true, render: ({ createdAt }) => <Time at={createdAt} relative /> },
  lastAccessAt: {
    width: '8.5rem',
    sortable: true,
    render: ({ lastAccessAt }) => <Time at={lastAccessAt} relative />,
  },
  state: stateColumn(new Set()),
  id: { width: '20rem', render: ({ id }) => <span class="mono">{id}</span> },
};

const names = Object.keys(shapes) as ColumnName[];
const usual: readonly ColumnName[] = [
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

const shown = signal<readonly ColumnName[]>(stored() ?? usual);

/** The columns that the reader has chosen. @param gone sessions that have left the list since it was read */
export function shownColumns(gone: ReadonlySet<string>): Column<Session>[] {
  return names
    .filter((name) => shown.value.includes(name))
    .map((key) => ({
      key,
      title: texts.column[key],
      ...(key === 'state' ? stateColumn(gone) : shapes[key]),
    }));
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

function toggle(name: ColumnName): void {
  shown.value = shown.value.includes(name)
    ? shown.value.filter((one) => one !== name)
    : [...shown.value, name];
  try {
    localStorage.setItem(storedAs, JSON.stringify(shown.value));
  } catch {
    // Without storage the choice holds until the page is left.
  }
}

function stored(): ColumnName[] | undefined {
  try {
    const read: unknown = JSON.parse(globalThis.localStorage?.getItem(storedAs) ?? 'null');
    return Array.isArray(read) ? ['username', ...names.filter((name) => read.includes(name))] : undefined;
  } catch {
    return undefined;
  }
}
