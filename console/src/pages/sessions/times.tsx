import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Button } from '../../components/button.tsx';
import { strings } from '../../strings.ts';
import { Brush } from './brush.tsx';
import type { Overview } from './overview.ts';
import { type View, type WindowName, windows } from './view.ts';

const texts = strings.sessions;
const storedAs = 'curfew.sessions.times';

/** Whether the reader wants the two histograms; on a small screen they are in the way at first. */
const isShown = signal(stored());

export interface TimesProps {
  readonly view: View;
  readonly overview: Overview;
  readonly onChange: (view: View) => void;
}

/** How what the view shows lies in time, by creation and by last access. */
export function Times({ view, overview, onChange }: TimesProps) {
  const isWanted = isShown.value && view.revocation === undefined;
  useEffect(() => {
    overview.show(isWanted);
  }, [overview, isWanted]);
  if (view.revocation !== undefined) return null;
  const histograms = overview.histograms.value;
  return (
    <div class="times">
      <Button kind="quiet" size="small" icon="clock" pressed={isShown.value} onClick={toggle}>
        {texts.showHistograms}
      </Button>
      {isShown.value ? (
        <div class="times-both">
          {(Object.keys(windows) as WindowName[]).map((name) => {
            const [start, end] = windows[name];
            return (
              <Brush
                key={name}
                title={texts.histogram[name]}
                name={texts[name]}
                histogram={histograms[name]}
                hasFailed={overview.layOutError.value !== undefined}
                from={view[start]}
                to={view[end]}
                onChange={(from, to) => onChange({ ...view, [start]: from, [end]: to })}
              />
            );
          })}
        </div>
      ) : null}
    </div>
  );
}

function toggle(): void {
  isShown.value = !isShown.value;
  try {
    localStorage.setItem(storedAs, isShown.value ? 'on' : 'off');
  } catch {
    // Without storage the choice holds until the page is left.
  }
}

function stored(): boolean {
  try {
    const read = globalThis.localStorage?.getItem(storedAs);
    return read === 'on' || (read !== 'off' && globalThis.innerWidth >= 720);
  } catch {
    return true;
  }
}
