import { useEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { Select } from '../../components/select.tsx';
import { unreadable } from '../../components/time-field.tsx';
import { useKeys } from '../../keys.ts';
import { go, path, query } from '../../location.ts';
import { isEntryNumber, isInstant, isSome, type Readers } from '../../misread.ts';
import { strings } from '../../strings.ts';
import type { Filter } from './entries.ts';

const texts = strings.ledger.filter;
const names = ['by', 'face', 'reason', 'from', 'to'] as const;
const typingMs = 250;

/** What the address of the view may hold. */
export const readers: Readers = {
  by: isSome,
  face: isSome,
  reason: isSome,
  from: isInstant,
  to: isInstant,
  entry: isEntryNumber,
};

/** The filter that the URL holds. */
export function filterOf(search: URLSearchParams): Filter {
  const found = names.flatMap((name) => {
    const value = search.get(name) ?? '';
    if (!readers[name]?.(value)) return [];
    // The API wants an instant whole.
    return [[name, readers[name] === isInstant ? new Date(value).toISOString() : value]];
  });
  return Object.fromEntries(found) as Filter;
}

/** Puts a filter into the URL; what is open stays open. */
function show(filter: Filter): void {
  const next = new URLSearchParams(query.peek());
  for (const name of names) {
    const value = filter[name];
    if (value === undefined || value === '') next.delete(name);
    else next.set(name, value);
  }
  go(path.peek(), next, { replace: true });
}

/** Narrows the ledger to a person, a face, a reason or a span of time. */
export function Filters({ filter }: { filter: Filter }) {
  const search = useRef<HTMLInputElement>(null);
  const change = (changes: Filter): void => show({ ...filterOf(query.peek()), ...changes });
  // What cannot be read is said at the field, and changes nothing: to drop it would show more than was meant.
  const changeTime = (changes: Pick<Filter, 'from' | 'to'>): void => {
    if (!Object.values(changes).includes(unreadable)) change(changes);
  };
  useKeys(
    { '/': () => search.current?.focus() },
    { scope: strings.ledger.keys.scope, help: { '/': strings.ledger.keys.search } },
  );
  return (
    <search class="ledger-filters" aria-label={texts.label}>
      <TypedField
        label={texts.reason}
        placeholder={texts.reasonHint}
        value={filter.reason ?? ''}
        onChange={(reason) => change({ reason })}
        inputRef={search}
      />
      <TypedField
        label={texts.by}
        placeholder={texts.byHint}
        value={filter.by ?? ''}
        onChange={(by) => change({ by })}
      />
      <Select
        label={texts.face}
        value={filter.face ?? ''}
        options={[
          { value: '', label: texts.anyFace },
          ...Object.entries(strings.ledger.faces).map(([value, label]) => ({ value, label })),
        ]}
        onChange={(face) => change({ face })}
      />
      <Field
        label={texts.from}
        type="datetime-local"
        value={filter.from ?? ''}
        onInput={(from) => changeTime({ from })}
      />
      <Field
        label={texts.to}
        type="datetime-local"
        value={filter.to ?? ''}
        onInput={(to) => changeTime({ to })}
      />
      {Object.keys(filter).length === 0 ? null : (
        <Button kind="quiet" icon="close" onClick={clearFilter}>
          {strings.ledger.clear}
        </Button>
      )}
    </search>
  );
}

/** Shows every entry. */
export function clearFilter(): void {
  show({});
}

interface TypedFieldProps {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly inputRef?: { current: HTMLInputElement | null };
}

/** A field whose text counts once the person has stopped typing for a moment. */
function TypedField({ label, placeholder, value, onChange, inputRef }: TypedFieldProps) {
  const [typed, setTyped] = useState(value);
  const told = useRef(value);
  useEffect(() => {
    // Somebody else has changed it, such as a step back in the browser.
    if (value !== told.current) setTyped(value);
    told.current = value;
  }, [value]);
  useEffect(() => {
    if (typed.trim() === told.current) return undefined;
    const timer = setTimeout(() => {
      told.current = typed.trim();
      onChange(typed.trim());
    }, typingMs);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <Field
      label={label}
      type="search"
      placeholder={placeholder}
      value={typed}
      onInput={setTyped}
      {...(inputRef === undefined ? {} : { inputRef })}
    />
  );
}
