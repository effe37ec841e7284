import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Button } from '../../components/button.tsx';
import { Empty } from '../../components/empty.tsx';
import { Failure } from '../../components/failure.tsx';
import { MisreadNotice, misread } from '../../components/misread-notice.tsx';
import { toast } from '../../components/toast.tsx';
import { VirtualTable } from '../../components/virtual-table.tsx';
import { openCut } from '../../cut/open.ts';
import { formatCount } from '../../format.ts';
import { useKeys } from '../../keys.ts';
import { go, query } from '../../location.ts';
import { may } from '../../me.ts';
import { withMisread } from '../../misread.ts';
import { strings } from '../../strings.ts';
import { ColumnsMenu, setHidden, shownColumns } from './columns.tsx';
import { FilterBar } from './filter-bar.tsx';
import { Overview } from './overview.ts';
import { narrowedBy } from './recognise.ts';
import { SearchBox } from './search-box.tsx';
import {
  countOf,
  everything,
  isEmpty,
  isTicked,
  nothing,
  type Selection,
  selectorOfSelection,
  ticked,
} from './selection.ts';
import { pageSize, SessionPages } from './session-pages.ts';
import './sessions.css';
import { Story } from './story.tsx';
import { Times } from './times.tsx';
import { useLive } from './use-live.ts';
import {
  isNarrowed,
  listInput,
  listKey,
  type Order,
  queryOf,
  readers,
  type Session,
  type View,
  viewOf,
  widened,
} from './view.ts';

const texts = strings.sessions;

/** Who is signed in: every session that the reader may see, found, narrowed, read and ended from one view. */
export default function Sessions() {
  const view = viewOf(query.value);
  const key = listKey(view);
  // The list is another one whenever what it is asked for is; the open session is no part of that.
  const shownBefore = useRef<Overview | undefined>(undefined);
  const { pages, overview } = useMemo(() => {
    const made = new Overview(view, shownBefore.current?.histograms.peek());
    shownBefore.current = made;
    return { pages: new SessionPages(listInput(view)), overview: made };
  }, [key]);
  useEffect(
    () => () => {
      pages.close();
      overview.close();
    },
    [pages, overview],
  );
  const [selection, setSelection] = useState<Selection>(nothing);
  // No key may meet what was selected in the view before.
  useLayoutEffect(() => setSelection(nothing), [key]);
  const box = useRef<HTMLDivElement>(null);
  const atTop = useRef(true);
  const active = useRef<Session | undefined>(undefined);
  const lastTicked = useRef<string | undefined>(undefined);
  const misreadParts = misread(readers);
  const show = (changed: View, replace = false): void =>
    go('/sessions', withMisread(queryOf(changed), misreadParts), { replace });
  const { newer, showNewer } = useLive({
    pages,
    overview,
    order: view.order,
    mayMove: () => atTop.current && box.current?.matches(':hover, :focus-within') === false,
  });

  const rows = pages.rows.value;
  const total = overview.total.value;
  const mayCut = may('sessions.terminate');
  // Who has narrowed the view to those of an incident need not tick them first.
  // A condition that was passed over would have kept others out of it.
  const isMisread = misreadParts.length > 0;
  const canCutView =
    mayCut && !isMisread && isNarrowed(view) && view.state === 'live' && total !== undefined && total > 0;
  const select = (session: Session, range: boolean): void => {
    const ids = range ? idsBetween(rows, lastTicked.current, session.id) : [session.id];
    const on = range || !isTicked(selection, session.id);
    lastTicked.current = session.id;
    const changed = ticked(selection, ids, on);
    if (changed === undefined) toast(texts.tooMany, { kind: 'failed' });
    else setSelection(changed);
  };
  const close = (): void => {
    show({ ...view, session: undefined }, true);
    box.current?.querySelector<HTMLElement>(`[data-key="${view.session ?? ''}"]`)?.focus();
  };
  const terminate = (): void => {
    if (isMisread) sayMisread();
    else if (!isEmpty(selection)) openCut(selectorOfSelection(selection, view));
    else if (active.current !== undefined) openCut({ sessionIds: [active.current.id] });
    else if (canCutView) terminateView();
  };
  const selectAll = (): void => {
    if (isMisread) sayMisread();
    else setSelection(selection.kind === 'all' ? nothing : everything);
  };
  const retry = (): void => {
    pages.retry();
    overview.retry();
  };
  const terminateView = (): void => openCut(selectorOfSelection(everything, view));
  useKeys(
    {
      ...(mayCut ? { t: terminate } : {}),
      a: selectAll,
      n: () => (newer > 0 ? showNewer() : false),
      Escape: () => {
        if (view.session !== undefined) return close();
        return isEmpty(selection) ? false : setSelection(nothing);
      },
    },
    {
      scope: texts.keys.scope,
      help: {
        x: texts.keys.tick,
        a: texts.keys.all,
        ...(mayCut ? { t: texts.keys.terminate } : {}),
        n: texts.keys.newer,
        Escape: texts.keys.escape,
      },
    },
  );

  const isNothing = rows.length === 0 && !pages.isLoading.value && pages.error.value === undefined;
  return (
    <div class={view.session === undefined ? 'sessions fills' : 'sessions fills with-story'}>
      <div class="sessions-main">
        <header class="sessions-head">
          <h1>{texts.title}</h1>
          <p class="sessions-total" role="status">
            {total === undefined
              ? overview.countError.value === undefined
                ? texts.counting
                : texts.notCounted
              : texts.count[view.state](formatCount(total))}
          </p>
          {canCutView && isEmpty(selection) ? (
            <Button size="small" kind="danger" icon="end" onClick={terminateView}>
              {texts.terminateView(formatCount(total))}
            </Button>
          ) : null}
          <SearchBox
            realm={view.realm}
            onChoose={(meaning) => show({ ...view, ...narrowedBy(meaning, view) })}
          />
          <ColumnsMenu />
        </header>
        <MisreadNotice readers={readers} consequence={texts.misread} />
        <FilterBar view={view} onChange={(changed) => show(changed)} />
        <Times view={view} overview={overview} onChange={(changed) => show(changed, true)} />
        {pages.error.value === undefined ? null : <Failure error={pages.error.value} onRetry={retry} />}
        {pages.error.value !== undefined || overview.countError.value === undefined ? null : (
          <Failure error={overview.countError.value} onRetry={retry} />
        )}
        <SelectionBar
          {...{ selection, total }}
          isHeld={isMisread}
          onAll={selectAll}
          onNone={() => setSelection(nothing)}
          onTerminate={terminate}
        />
        <div class="sessions-table" ref={box}>
          {newer > 0 ? (
            <div class="sessions-newer">
              <Button size="small" icon="up" title={texts.showNewer} onClick={showNewer}>
                {texts.newer(newer, pageSize)}
              </Button>
            </div>
          ) : null}
          {isNothing ? (
            <Nothing view={view} onShow={(changed) => show(changed)} />
          ) : (
            <VirtualTable<Session>
              key={key}
              label={texts.table}
              columns={shownColumns(pages.gone.value, view)}
              onHide={setHidden}
              rows={rows}
              keyOf={({ id }) => id}
              nameOf={({ username, client }) => [username, client.ip].filter(Boolean).join(', ')}
              total={total}
              sort={sortOf(view.order)}
              onSort={(column) => show({ ...view, order: nextOrder(view.order, column) })}
              selected={tickedRows(selection, rows.length)}
              {...(mayCut ? { onSelect: select } : {})}
              onSelectAll={selectAll}
              onOpen={({ id }) => show({ ...view, session: id }, view.session !== undefined)}
              opened={view.session}
              onView={(first, last) => {
                atTop.current = first === 0 && (box.current?.querySelector('.table')?.scrollTop ?? 0) < 1;
                pages.see(first, last);
              }}
              onActive={(session) => {
                active.current = session;
              }}
              rowClass={({ id, ended }) =>
                pages.gone.value.has(id) || ended !== undefined ? 'gone' : undefined
              }
            />
          )}
        </div>
      </div>
      {view.session === undefined ? null : <Story key={view.session} id={view.session} onClose={close} />}
    </div>
  );
}

interface SelectionBarProps {
  readonly selection: Selection;
  readonly total: number | undefined;
  /** Nothing can be ended now, and not all be ticked. */
  readonly isHeld: boolean;
  readonly onAll: () => void;
  readonly onNone: () => void;
  readonly onTerminate: () => void;
}

/** What can be done with what is ticked. */
function SelectionBar({ selection, total, isHeld, onAll, onNone, onTerminate }: SelectionBarProps) {
  if (isEmpty(selection)) return null;
  const count = countOf(selection, total);
  return (
    <section class="selection-bar" aria-label={texts.ticked('')}>
      <strong role="status">{count === undefined ? texts.counting : texts.ticked(formatCount(count))}</strong>
      {selection.kind === 'all' || total === undefined || isHeld ? null : (
        <Button size="small" kind="quiet" onClick={onAll}>
          {texts.tickAll(formatCount(total))}
        </Button>
      )}
      <Button size="small" kind="quiet" onClick={onNone}>
        {texts.untick}
      </Button>
      {may('sessions.terminate') && !isHeld ? (
        <Button size="small" kind="danger" icon="end" onClick={onTerminate}>
          {texts.terminate}
        </Button>
      ) : null}
    </section>
  );
}

function Nothing({ view, onShow }: { view: View; onShow: (view: View) => void }) {
  const isAll = !isNarrowed(view);
  return (
    <Empty
      title={isAll ? texts.noneAtAll : texts.none}
      action={
        <div class="sessions-nothing">
          {isAll ? null : <Button onClick={() => onShow(widened(view))}>{texts.widen}</Button>}
          {view.state === 'live' ? (
            <Button onClick={() => onShow({ ...view, state: 'any' })}>{texts.showEnded}</Button>
          ) : null}
        </div>
      }
    >
      {isAll ? texts.noneAtAllText : texts.noneText}
    </Empty>
  );
}

function sayMisread(): void {
  toast(texts.misreadHolds, { kind: 'failed' });
}

/** The rows from the one ticked last to this one. */
function idsBetween(rows: readonly (Session | undefined)[], from: string | undefined, to: string): string[] {
  const places = [from, to].map((id) => rows.findIndex((row) => row?.id === id));
  const [start, end] = [Math.min(...places), Math.max(...places)];
  if (start < 0) return [to];
  return rows.slice(start, end + 1).flatMap((row) => row?.id ?? []);
}

/** What the table asks of a set of ticked rows, of which all may be so. */
function tickedRows(selection: Selection, loaded: number): Pick<ReadonlySet<string>, 'has' | 'size'> {
  if (selection.kind === 'some') return selection.ids;
  return { has: (id) => isTicked(selection, id), size: loaded - selection.except.size };
}

function sortOf(order: Order) {
  const isDescending = order.startsWith('-');
  return { key: order.replace('-', ''), direction: isDescending ? 'descending' : 'ascending' } as const;
}

function nextOrder(order: Order, column: string): Order {
  return (order === `-${column}` ? column : `-${column}`) as Order;
}
