import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { isAbort, toError } from '../../api.ts';
import { Button } from '../../components/button.tsx';
import { Empty } from '../../components/empty.tsx';
import { Failure } from '../../components/failure.tsx';
import { Menu } from '../../components/menu.tsx';
import { MisreadNotice } from '../../components/misread-notice.tsx';
import { toast } from '../../components/toast.tsx';
import { VirtualTable } from '../../components/virtual-table.tsx';
import { useKeys } from '../../keys.ts';
import { go, path, query } from '../../location.ts';
import { isBound } from '../../me.ts';
import { isEntryNumber } from '../../misread.ts';
import { strings } from '../../strings.ts';
import { columns } from './columns.tsx';
import { Detail } from './detail.tsx';
import { type Filter, useEntries } from './entries.ts';
import { type ExportForm, exportLedger } from './export.ts';
import { clearFilter, Filters, filterOf, readers } from './filters.tsx';
import { Verify } from './verify.tsx';
import './ledger.css';

const texts = strings.ledger;

/** Every revocation: by whom, through which face, why, and how many. */
export default function Ledger() {
  const search = query.value;
  const filter = useMemo(() => filterOf(search), [search]);
  const { rows, isWhole, error, more } = useEntries(filter);
  const [isVerifying, setVerifying] = useState(false);
  const opened = search.get('entry');
  const seq = opened !== null && isEntryNumber(opened) ? Number(opened) : undefined;
  const isPart = isBound();
  const isFiltered = Object.keys(filter).length > 0;
  useKeys({ v: () => setVerifying(true) }, { scope: texts.keys.scope, help: { v: texts.keys.verify } });
  return (
    <div class="ledger fills">
      <header class="page-head">
        <div>
          <h1>{texts.title}</h1>
          <p class="quiet">{isPart ? texts.leadInRealm : texts.lead}</p>
        </div>
        <div class="ledger-tools">
          <Export filter={filter} />
          <Button icon="check" onClick={() => setVerifying(true)}>
            {texts.verify}
          </Button>
        </div>
      </header>
      <MisreadNotice readers={readers} consequence={texts.misread} />
      <Filters filter={filter} />
      {error === undefined ? null : <Failure error={error} onRetry={more} />}
      {rows.length > 0 ? (
        <div class="ledger-table">
          <VirtualTable
            label={texts.label}
            columns={columns}
            rows={rows}
            keyOf={(row) => String(row.seq)}
            nameOf={(row) => texts.entry(row.seq)}
            total={isWhole ? rows.length : undefined}
            onOpen={(row) => open(row.seq)}
            opened={opened ?? undefined}
            onNearEnd={more}
          />
        </div>
      ) : !isWhole ? (
        <p class="quiet" role="status">
          {error === undefined ? texts.loading : null}
        </p>
      ) : (
        <Empty
          title={isFiltered ? texts.noMatch : isPart ? texts.noneInRealm : texts.none}
          action={isFiltered ? <Button onClick={clearFilter}>{texts.clear}</Button> : undefined}
        >
          {isFiltered ? texts.noMatchText : isPart ? texts.noneInRealmText : texts.noneText}
        </Empty>
      )}
      {seq === undefined ? null : <Detail seq={seq} onClose={() => open(undefined)} />}
      {isVerifying ? <Verify onClose={() => setVerifying(false)} /> : null}
    </div>
  );
}

/** Shows one entry beside the list, or none. */
function open(seq: number | undefined): void {
  const next = new URLSearchParams(query.peek());
  if (seq === undefined) next.delete('entry');
  else next.set('entry', String(seq));
  go(path.peek(), next);
}

/** Makes a file of what the filter shows. */
function Export({ filter }: { filter: Filter }) {
  const [count, setCount] = useState<number | undefined>(undefined);
  const stop = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => stop.current?.abort(), []);
  const start = async (form: ExportForm): Promise<void> => {
    const stopping = new AbortController();
    stop.current = stopping;
    setCount(0);
    try {
      toast(texts.exported(await exportLedger(form, filter, stopping.signal, setCount)));
    } catch (thrown) {
      if (!isAbort(thrown)) toast(toError(thrown).message, { kind: 'failed' });
    } finally {
      setCount(undefined);
    }
  };
  if (count !== undefined) {
    return (
      <span class="ledger-exporting" role="status">
        {texts.exporting(count)}{' '}
        <Button size="small" onClick={() => stop.current?.abort()}>
          {texts.stop}
        </Button>
      </span>
    );
  }
  return (
    <Menu
      label={texts.exportLabel}
      icon="download"
      text={texts.exportLabel}
      items={[
        { label: texts.exportCsv, onSelect: () => void start('csv') },
        { label: texts.exportNdjson, onSelect: () => void start('ndjson') },
      ]}
    />
  );
}
