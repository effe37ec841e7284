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
    width: '4.5rem',
    align: 'end',
    render: ({ seq }) => <Count value={seq} />,
  },
  { key: 'at', title: titles.at, width: '13.5rem', render: ({ at }) => <Time at={at} /> },
  {
    key: 'by',
    title: titles.by,
    width: 'minmax(8rem, 1fr)',
    render: ({ by }) => (
      <>
        <Name text={by.name} />{' '}
        {by.kind === 'administrator' ? null : <span class="quiet">{strings.ledger.kinds[by.kind]}</span>}
      </>
    ),
  },
  { key: 'face', title: titles.face, width: '7.5rem', render: ({ face }) => faceName(face) },
  { key: 'from', title: titles.from, width: 'minmax(7rem, 9rem)', render: ({ from }) => from ?? '' },
  {
    key: 'why',
    title: titles.why,
    width: 'minmax(10rem, 2fr)',
    render: ({ reason }) => <Name text={reason} />,
  },
  {
    key: 'what',
    title: titles.what,
    width: 'minmax(10rem, 2fr)',
    render: ({ selector }) => <bdi>{selectorText(selector)}</bdi>,
  },
  {
    key: 'matched',
    title: titles.matched,
    width: '6rem',
    align: 'end',
    render: ({ matched }) => <Count value={matched} />,
  },
  {
    key: 'swept',
    title: titles.swept,
    width: '6rem',
    align: 'end',
    render: ({ sweep: { swept, sweptAt } }) =>
      sweptAt === null ? <Count value={swept} /> : strings.ledger.swept,
  },
];
