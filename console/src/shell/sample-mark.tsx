import { useState } from 'preact/hooks';
import { call, toError } from '../api.ts';
import { Button } from '../components/button.tsx';
import { Chip } from '../components/chip.tsx';
import { toast } from '../components/toast.tsx';
import { formatCount } from '../format.ts';
import { path } from '../location.ts';
import { SampleOffer } from '../pages/administration/sample-offer.tsx';
import { learnSamples, samples } from '../samples.ts';
import { strings } from '../strings.ts';

const texts = strings.samples;

/** Says over every view that there are invented sessions, and takes them away. */
export function SampleMark() {
  const [isBusy, setBusy] = useState(false);
  const status = samples.value;
  if (status === undefined) return null;
  if (status.state === 'none') return <EmptyOffer />;
  const remove = async (): Promise<void> => {
    setBusy(true);
    try {
      const { removed, revocations } = await call('samples.remove');
      toast(texts.removed(formatCount(removed), formatCount(revocations.length)));
    } catch (thrown) {
      toast(toError(thrown).message, { kind: 'failed' });
    }
    await learnSamples();
    setBusy(false);
  };
  return (
    <aside class="sample-mark" aria-label={texts.mark}>
      <Chip>{texts.mark}</Chip>
      <span>
        {status.state === 'loading'
          ? texts.loading
          : texts.markText(formatCount(status.sessions), status.realm)}{' '}
        {status.state === 'incomplete' ? texts.incomplete : null}
      </span>
      {status.mayRemove ? (
        <Button size="small" busy={isBusy} onClick={() => void remove()}>
          {texts.remove}
        </Button>
      ) : null}
    </aside>
  );
}

/** Offers samples over the list of sessions while it has none to show but those of the console itself. */
function EmptyOffer() {
  if (path.value !== '/sessions' || !samples.value?.isEmpty || !samples.value.mayLoad) return null;
  return (
    <aside class="sample-mark" aria-label={texts.offer}>
      <span>{texts.empty}</span>
      <SampleOffer />
    </aside>
  );
}
