import { useEffect, useState } from 'preact/hooks';
import { call, toError } from '../../api.ts';
import { Button } from '../../components/button.tsx';
import { toast } from '../../components/toast.tsx';
import { formatCount } from '../../format.ts';
import { strings } from '../../strings.ts';

const texts = strings.now;

/** Offers a population to try the console with, to whoever may load it. */
export function SampleOffer({ onLoaded }: { onLoaded: () => void }) {
  const [mayLoad, setMayLoad] = useState(false);
  const [isLoading, setLoading] = useState(false);
  useEffect(() => {
    call('samples.get', {}, { quiet: true }).then(
      (answer) => setMayLoad(answer.mayLoad),
      // Without an answer there is no offer.
      () => undefined,
    );
  }, []);
  const load = async (): Promise<void> => {
    setLoading(true);
    try {
      const { sessions } = await call('samples.load');
      toast(texts.samplesLoaded(formatCount(sessions)));
      setMayLoad(false);
      onLoaded();
    } catch (thrown) {
      toast(toError(thrown).message, { kind: 'failed' });
    }
    setLoading(false);
  };
  return (
    <section class="now-offer" aria-labelledby="now-offer">
      <div>
        <h2 id="now-offer">{texts.empty}</h2>
        <p>{texts.emptyTeach}</p>
      </div>
      {mayLoad ? (
        <Button kind="primary" busy={isLoading} onClick={() => void load()}>
          {texts.emptyAction}
        </Button>
      ) : null}
    </section>
  );
}
