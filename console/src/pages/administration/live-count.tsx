import { useEffect, useState } from 'preact/hooks';
import { call, type Inputs } from '../../api.ts';
import { Checkbox } from '../../components/field.tsx';
import { formatCount } from '../../format.ts';
import { may } from '../../me.ts';
import { strings } from '../../strings.ts';

const texts = strings.administration;
type Which = Omit<Inputs['sessions.list'], 'limit' | 'count'>;

/** How many live sessions there are of a kind; undefined while that is not known. */
export function useLiveCount(which: Which): number | undefined {
  const [count, setCount] = useState<number | undefined>(undefined);
  const key = JSON.stringify(which);
  useEffect(() => {
    if (!may('sessions.read')) return undefined;
    const stop = new AbortController();
    call('sessions.list', { ...which, limit: 1, count: 'exact' }, { signal: stop.signal, quiet: true }).then(
      (page) => setCount(page.count),
      // What cannot be counted is ended all the same, and its number told afterwards.
      () => undefined,
    );
    return () => stop.abort();
  }, [key]);
  return count;
}

/** Says how many sessions an act ends. */
export function EndsText({ which }: { which: Which }) {
  const count = useLiveCount(which);
  if (count === undefined) return null;
  if (count === 0) return <p class="quiet">{texts.endsNone}</p>;
  return (
    <p>
      <strong>{count === 1 ? texts.endsOne : texts.ends(formatCount(count))}</strong>
    </p>
  );
}

export interface EndChoiceProps {
  readonly which: Which;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

/** Offers to end sessions along with something else. */
export function EndChoice({ which, checked, onChange }: EndChoiceProps) {
  const count = useLiveCount(which);
  const label = count === undefined ? texts.endThemUnknown : texts.endThem(formatCount(count));
  return <Checkbox label={label} checked={checked} onChange={onChange} />;
}
