import { useState } from 'preact/hooks';
import { call, toError } from '../../api.ts';
import { Button } from '../../components/button.tsx';
import { toast } from '../../components/toast.tsx';
import { formatCount } from '../../format.ts';
import { learnSamples, samples } from '../../samples.ts';
import { strings } from '../../strings.ts';

const texts = strings.samples;

/**
 * Offers the sample population to whoever may load it, for a view that has no session at all to show; nothing for others.
 * @param onLoaded called when the samples are there
 */
export function SampleOffer({ onLoaded }: { onLoaded?: () => void }) {
  const [isBusy, setBusy] = useState(false);
  if (samples.value?.mayLoad !== true) return null;
  const load = async (): Promise<void> => {
    setBusy(true);
    try {
      const { sessions } = await call('samples.load');
      toast(texts.loaded(formatCount(sessions)));
      onLoaded?.();
    } catch (thrown) {
      toast(toError(thrown).message, { kind: 'failed' });
    }
    await learnSamples();
    setBusy(false);
  };
  return (
    <div class="sample-offer">
      <Button kind="primary" busy={isBusy} onClick={() => void load()}>
        {texts.offer}
      </Button>
      <p class="quiet">{texts.offerText}</p>
    </div>
  );
}
