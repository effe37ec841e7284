import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { formatCount } from '../format.ts';
import { strings } from '../strings.ts';
import { fittingColumns, widthOf } from './fitting-columns.ts';
import { Icon } from './icon.tsx';
import { shown } from './name.tsx';

export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  readonly render: (row: Row) => ComponentChildren;
  /** Its width in rem; the least one where it grows. */
  readonly rem: number;
  /** Its share of the room that is left. */
  readonly grow?: number;
  /** Where there is no room for all columns those go first that are most expendable; one without a number stays. */
  readonly expendable?: number;
  readonly align?: 'end';
  readonly sortable?: boolean;
}

export interface Sort {
  readonly key: string;
  readonly direction: 'ascending' | 'descending';
}

export interface VirtualTableProps<Row> {
  /** What the rows are, for those who hear. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  /** What is loaded so far; more are asked for by `onNearEnd`. One that was let go again is undefined. */
  readonly rows: readonly (Row | undefined)[];
  readonly keyOf: (row: Row) => string;
  /** What a row is called, where its box is ticked. */
  readonly nameOf?: (row: Row) => string;
  /** How many there are in all, where that is known. */
  readonly total?: number | undefined;
  readonly sort?: Sort | undefined;
  readonly onSort?: (key: string) => void;
  readonly selected?: Pick<ReadonlySet<string>, 'has' | 'size'>;
  /** Ticks a row or takes the tick back; `range` when it reaches from the last one to here. */
  readonly onSelect?: (row: Row, range: boolean) => void;
  readonly onSelectAll?: () => void;
  /** Enter, or a click. */
  readonly onOpen?: (row: Row) => void;
  /** The row that is open beside the table, by its key. */
  readonly opened?: string | undefined;
  readonly onNearEnd?: () => void;
  /** Told which rows are seen whenever that changes: the first, and the one after the last. */
  readonly onView?: (first: number, last: number) => void;
  /** Told of the row that the keyboard is at. */
  readonly onActive?: (row: Row | undefined) => void;
  readonly rowClass?: (row: Row) => string | undefined;
  /** Told the keys of the columns that there is no room for. */
  readonly onHide?: (keys: readonly string[]) => void;
}

/** Rows kept beyond each edge of what is seen, so that scrolling meets no gap. */
const beyond = 12;
/** The next rows are asked for when as many are left below. */
const nearEnd = 40;
/** How tall a row is, in rem: 36 px where the letters are as usual. */
const rowRem = 36 / 14;
/** The width of the boxes to tick, in rem. */
const tickRem = 2.5;

/**
 * A table that holds any number of rows and renders those that are seen. Arrows, Page Up and Down, Home and End move
 * from row to row, Enter opens one, Space and `x` tick it (with Shift all since the last); the pattern "grid" of the ARIA
 * authoring practices. Where it is narrow it has fewer columns, and a shadow at each edge that more lies behind.
 */
export function VirtualTable<Row>(props: VirtualTableProps<Row>) {
  const { label, rows, keyOf, total, onNearEnd, onActive, onView, onHide } = props;
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<View>({
    top: 0,
    height: 600,
    rem: 14,
    room: undefined,
    before: false,
    after: false,
  });
  const rowHeight = Math.round(rowRem * view.rem);
  const [active, setActive] = useState(0);
  const hasTicks = props.onSelect !== undefined;
  const columns =
    view.room === undefined
      ? props.columns
      : fittingColumns(props.columns, view.room - (hasTicks ? tickRem : 0));
  const hidden = props.columns.flatMap(({ key }) => (columns.some((one) => one.key === key) ? [] : key));
  const first = Math.max(0, Math.floor(view.top / rowHeight) - beyond);
  const last = Math.min(rows.length, Math.ceil((view.top + view.height) / rowHeight) + beyond);

  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const measure = (): void => {
      const now = viewOf(element);
      setView((known) => (isSame(known, now) ? known : now));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    // Other columns make it wider or narrower inside.
    if (element.firstElementChild !== null) observer.observe(element.firstElementChild);
    element.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, []);

  useEffect(() => {
    if (last > rows.length - nearEnd) onNearEnd?.();
  }, [last, rows.length, onNearEnd]);

  useEffect(() => {
    onView?.(first, last);
  }, [first, last, rows.length, onView]);

  const widths = [...(hasTicks ? [`${tickRem}rem`] : []), ...columns.map(widthOf)].join(' ');
  useLayoutEffect(() => {
    box.current?.style.setProperty('--columns', widths);
    box.current?.style.setProperty('--row-height', `${rowHeight}px`);
  }, [widths, rowHeight]);

  useEffect(() => onHide?.(hidden), [hidden.join(' '), onHide]);

  const moveTo = (index: number): void => {
    const element = box.current;
    const at = Math.max(0, Math.min(rows.length - 1, index));
    if (element === null || rows.length === 0) return;
    const head = element.querySelector<HTMLElement>('.table-head')?.offsetHeight ?? 0;
    const top = at * rowHeight;
    const room = element.clientHeight - head - rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top > element.scrollTop + room) element.scrollTop = top - room;
    setActive(at);
    onActive?.(rows[at]);
    const focusRow = (): boolean => {
      const line = element.querySelector<HTMLElement>(`[data-index="${at}"]`);
      line?.focus();
      return line !== null;
    };
    // A row that lies further off is rendered only after the scrolling.
    if (!focusRow()) requestAnimationFrame(focusRow);
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (!(event.target instanceof HTMLElement) || event.target.dataset.index === undefined) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const index = Number(event.target.dataset.index);
    const row = rows[index];
    const page = Math.max(1, Math.floor(view.height / rowHeight) - 2);
    const target = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      PageDown: index + page,
      PageUp: index - page,
      Home: 0,
      End: rows.length - 1,
    }[event.key];
    if (target !== undefined) {
      moveTo(target);
      const reached = rows[target];
      if (event.shiftKey && reached !== undefined) props.onSelect?.(reached, true);
    } else if (event.key === 'Enter' && row !== undefined) props.onOpen?.(row);
    else if ((event.key === ' ' || event.key.toLowerCase() === 'x') && row !== undefined && hasTicks)
      props.onSelect?.(row, event.shiftKey);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const grid = (
    // biome-ignore lint/a11y/useSemanticElements: a table of the browser cannot leave out rows.
    <div
      class="table"
      ref={box}
      role="grid"
      aria-label={label}
      aria-rowcount={total === undefined ? -1 : total + 1}
      aria-multiselectable={hasTicks ? true : undefined}
      tabIndex={rows.length === 0 ? 0 : undefined}
      onKeyDown={onKeyDown}
    >
      <Head {...props} columns={columns} hasTicks={hasTicks} />
      {/* biome-ignore lint/a11y/useSemanticElements: as above. */}
      <div
        class="table-body"
        role="rowgroup"
        ref={(element) => element?.style.setProperty('height', `${rows.length * rowHeight}px`)}
      >
        {rows.slice(first, last).map((row, offset) =>
          row === undefined ? null : (
            <Line
              {...props}
              columns={columns}
              key={keyOf(row)}
              row={row}
              index={first + offset}
              top={(first + offset) * rowHeight}
              isActive={first + offset === Math.min(active, rows.length - 1)}
              onFocus={() => {
                setActive(first + offset);
                onActive?.(row);
              }}
            />
          ),
        )}
      </div>
    </div>
  );
  return (
    <div class={`table-frame${view.before ? ' more-before' : ''}${view.after ? ' more-after' : ''}`}>
      {grid}
    </div>
  );
}

/** What is seen of a table. */
interface View {
  readonly top: number;
  readonly height: number;
  /** The size of letters, in px. */
  readonly rem: number;
  /** The width inside, in rem; undefined before it is measured. */
  readonly room: number | undefined;
  /** Whether columns lie beyond the left edge, and the right one. */
  readonly before: boolean;
  readonly after: boolean;
}

function viewOf(element: HTMLElement): View {
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  const { scrollTop, scrollLeft, scrollWidth, clientWidth, clientHeight } = element;
  return {
    top: scrollTop,
    height: clientHeight,
    rem,
    room: clientWidth === 0 ? undefined : clientWidth / rem,
    before: scrollLeft > 1,
    after: scrollLeft + clientWidth < scrollWidth - 1,
  };
}

function isSame(one: View, other: View): boolean {
  return (Object.keys(one) as (keyof View)[]).every((name) => one[name] === other[name]);
}

function Head<Row>({
  columns,
  sort,
  onSort,
  rows,
  selected,
  onSelectAll,
  hasTicks,
}: VirtualTableProps<Row> & { hasTicks: boolean }) {
  const isAll = rows.length > 0 && selected?.size === rows.length;
  const isSome = (selected?.size ?? 0) > 0 && !isAll;
  return (
    // biome-ignore lint/a11y/useSemanticElements: as above.
    <div class="table-head" role="rowgroup">
      {/* biome-ignore lint/a11y/useSemanticElements: as above. */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: the rows below take the focus. */}
      <div class="table-row" role="row" aria-rowindex={1}>
        {hasTicks ? (
          // biome-ignore lint/a11y/useSemanticElements: as above.
          // biome-ignore lint/a11y/useFocusableInteractive: as above.
          <div class="table-cell" role="columnheader">
            {onSelectAll === undefined ? null : (
              <input
                type="checkbox"
                aria-label={strings.components.selectAll}
                checked={isAll}
                ref={(element) => {
                  if (element !== null) element.indeterminate = isSome;
                }}
                onChange={(event) => {
                  // It tells what is ticked, which a refusal leaves as it is.
                  event.currentTarget.checked = isAll;
                  onSelectAll();
                }}
              />
            )}
          </div>
        ) : null}
        {columns.map(({ key, title, align, sortable }) => {
          const isSorted = sort?.key === key;
          return (
            // biome-ignore lint/a11y/useSemanticElements: as above.
            // biome-ignore lint/a11y/useFocusableInteractive: as above.
            <div
              key={key}
              class={`table-cell ${align ?? ''}`}
              role="columnheader"
              aria-sort={isSorted ? sort.direction : undefined}
            >
              {sortable && onSort !== undefined ? (
                <button type="button" class="sort" onClick={() => onSort(key)}>
                  {title}
                  {isSorted ? <Icon name={sort.direction === 'ascending' ? 'up' : 'down'} /> : null}
                </button>
              ) : (
                title
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface LineProps<Row> extends VirtualTableProps<Row> {
  readonly row: Row;
  readonly index: number;
  readonly top: number;
  readonly isActive: boolean;
  readonly onFocus: () => void;
}

function Line<Row>(props: LineProps<Row>) {
  const { row, index, top, isActive, onFocus, columns, keyOf, nameOf, selected, opened, rowClass } = props;
  const key = keyOf(row);
  const isSelected = selected?.has(key) ?? false;
  const marks = `${isSelected ? ' selected' : ''}${opened === key ? ' opened' : ''} ${rowClass?.(row) ?? ''}`;
  return (
    // biome-ignore lint/a11y/useSemanticElements: as above.
    // biome-ignore lint/a11y/useKeyWithClickEvents: the table takes the keys.
    <div
      class={`table-row${marks}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected === undefined ? undefined : isSelected}
      data-index={index}
      data-key={key}
      tabIndex={isActive ? 0 : -1}
      ref={(element) => element?.style.setProperty('transform', `translateY(${top}px)`)}
      onFocus={onFocus}
      onClick={(event) => {
        // Links, buttons and boxes within do what they are for; and whoever marks a text wants to read it.
        if (event.target instanceof Element && event.target.closest('a, button, input, label')) return;
        if (String(getSelection()) === '') props.onOpen?.(row);
      }}
    >
      {props.onSelect === undefined ? null : (
        // biome-ignore lint/a11y/useSemanticElements: as above.
        // biome-ignore lint/a11y/useFocusableInteractive: the row takes the focus.
        <div class="table-cell" role="gridcell">
          <input
            type="checkbox"
            tabIndex={-1}
            checked={isSelected}
            aria-label={strings.components.selectRow(shown(nameOf?.(row) ?? formatCount(index + 1)))}
            onClick={(event) => props.onSelect?.(row, event.shiftKey)}
          />
        </div>
      )}
      {columns.map((column) => (
        // biome-ignore lint/a11y/useSemanticElements: as above.
        // biome-ignore lint/a11y/useFocusableInteractive: as above.
        <div key={column.key} class={`table-cell ${column.align ?? ''}`} role="gridcell">
          {column.render(row)}
        </div>
      ))}
    </div>
  );
}
