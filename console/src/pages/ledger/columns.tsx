import { Count } from '../../components/count.tsx';
import { Name, shown } from '../../components/name.tsx';
import { Time } from '../../components/time.tsx';
import type { Column } from '../../components/virtual-table.tsx';
import { selectorText } from '../../cut/selector-words.ts';
import { strings } from '../../strings.ts';
import type { Entry } from './entries.ts';

const titles = strings.ledger.columns;

/** A face as people call it. */
export function faceName(face: string): string {
  return strings.ledger.faces[face] ?? shown(face);
}

/** What the table shows of each entry. */
export const columns: readonly Column<Entry>[] = [
  {
    key: 'seq',
    title: titles.seq,
    rem: 4.5,
    expendable: 2,
    align: 'end',
    render: ({ seq }) => <Count value={seq} />,
  },
  { key: 'at', title: titles.at, rem: 13.5, render: ({ at }) => <Time at={at} /> },
  {
    key: 'by',
    title: titles.by,
    rem: 8,
    grow: 1,
    expendable: 3,
    render: ({ by }) => (
      <>
        <Name text={by.name} />{' '}
        {by.kind === 'administrator' ? null : <span class="quiet">{strings.ledger.kinds[by.kind]}</span>}
      </>
    ),
  },
  { key: 'face', title: titles.face, rem: 7.5, expendable: 5, render: ({ face }) => faceName(face) },
  { key: 'from', title: titles.from, rem: 9, expendable: 6, render: ({ from }) => from ?? '' },
  {
    key: 'why',
    title: titles.why,
    rem: 6.5,
    grow: 2,
    render: ({ reason }) => <Name text={reason} />,
  },
  {
    key: 'what',
    title: titles.what,
    rem: 10,
    grow: 2,
    expendable: 4,
    render: ({ selector }) => <bdi>{selectorText(selector)}</bdi>,
  },
  {
    key: 'matched',
    title: titles.matched,
    rem: 5,
    expendable: 1,
    align: 'end',
    render: ({ matched }) => <Count value={matched} />,
  },
  {
    key: 'swept',
    title: titles.swept,
    rem: 6,
    expendable: 7,
    align: 'end',
    render: ({ sweep: { swept, sweptAt } }) =>
      sweptAt === null ? <Count value={swept} /> : strings.ledger.swept,
  },
];
