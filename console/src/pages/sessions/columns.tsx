import { signal } from '@preact/signals';
import { Chip } from '../../components/chip.tsx';
import { Menu } from '../../components/menu.tsx';
import { Name, Names } from '../../components/name.tsx';
import { Time } from '../../components/time.tsx';
import type { Column } from '../../components/virtual-table.tsx';
import { strings } from '../../strings.ts';
import type { Session, View } from './view.ts';

const texts = strings.sessions;

type ColumnName = keyof typeof texts.column;

function stateColumn(gone: ReadonlySet<string>): Omit<Column<Session>, 'key' | 'title' | 'expendable'> {
  return {
    rem: 7.5,
    render: ({ id, ended }) => {
      if (ended !== undefined) return <Chip>{texts.reasons[ended.reason]}</Chip>;
      return gone.has(id) ? <Chip tone="warning">{texts.gone}</Chip> : <Chip tone="good">{texts.live}</Chip>;
    },
  };
}

/** How each column is shown, in the order of the table. */
const shapes: Readonly<Record<ColumnName, Omit<Column<Session>, 'key' | 'title' | 'expendable'>>> = {
  username: {
    rem: 9,
    grow: 2,
    render: ({ username }) => (
      <strong>
        <Name text={username} />
      </strong>
    ),
  },
  subject: { rem: 9, grow: 2, render: ({ subject }) => <Name text={subject} /> },
  realm: { rem: 6, grow: 1, render: ({ realm }) => <Name text={realm} /> },
  provider: {
    rem: 8,
    grow: 1,
    render: ({ provider }) => (
      <>
        <Name text={provider.name} />{' '}
        <span class="quiet">
          <Name text={provider.type} />
        </span>
      </>
    ),
  },
  app: { rem: 6, grow: 1, render: ({ app }) => <Name text={app ?? ''} /> },
  ip: { rem: 9, grow: 1, render: ({ client }) => <span class="mono">{client.ip ?? ''}</span> },
  groups: { rem: 8, grow: 1, render: ({ accessGroups }) => <Names texts={accessGroups} /> },
  userAgent: { rem: 10, grow: 2, render: ({ client }) => <Name text={client.userAgent ?? ''} /> },
  createdAt: { rem: 8.5, sortable: true, render: ({ createdAt }) => <Time at={createdAt} relative /> },
  lastAccessAt: {
    rem: 8.5,
    sortable: true,
    render: ({ lastAccessAt }) => <Time at={lastAccessAt} relative />,
  },
  state: stateColumn(new Set()),
  id: { rem: 20, render: ({ id }) => <span class="mono">{id}</span> },
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

/**
 * Where there is no room for all, those of the usual ones go first that tell least, the last named before the others, then
 * those that the reader has added. The user stays, and the time by which the list is ordered.
 */
const leaving: readonly ColumnName[] = [
  ...names.filter((name) => !usual.includes(name)),
  'ip',
  'lastAccessAt',
  'createdAt',
  'provider',
  'state',
  'app',
  'realm',
];

/** The columns that there is no room for now. */
const hidden = signal<readonly string[]>([]);

export function setHidden(keys: readonly string[]): void {
  if (keys.join(' ') !== hidden.peek().join(' ')) hidden.value = keys;
}

/** The columns that the reader has chosen. @param gone sessions that have left the list since it was read */
export function shownColumns(gone: ReadonlySet<string>, { state, order }: View): Column<Session>[] {
  const expendability = (name: ColumnName): number => {
    if (order.endsWith(name)) return 0;
    // Where all are live, that tells nothing; elsewhere it tells most.
    return name === 'state' && state !== 'live' ? 0.5 : leaving.indexOf(name) + 1;
  };
  return names
    .filter((name) => shown.value.includes(name))
    .map((key) => ({
      key,
      title: texts.column[key],
      expendable: expendability(key),
      ...(key === 'state' ? stateColumn(gone) : shapes[key]),
    }));
}

/** The choice of columns. The user always stays, so that a row is somebody's. */
export function ColumnsMenu() {
  return (
    <Menu
      label={texts.columns}
      icon="columns"
      choice="many"
      items={names
        .filter((name) => name !== 'username')
        .map((name) => ({
          label: texts.column[name],
          note: hidden.value.includes(name) ? texts.noRoom : undefined,
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
