import { useEffect, useState } from 'preact/hooks';
import { type CurfewError, call, toError } from '../../api.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Icon } from '../../components/icon.tsx';
import { strings } from '../../strings.ts';
import type { Provider } from './provider-values.ts';

const texts = strings.providers;

type Outcome = { readonly steps: readonly string[] } | { readonly failed: CurfewError };

/** Tries a provider, and shows what the server found. */
export function ProviderTest({ provider, onClose }: { provider: Provider; onClose: () => void }) {
  const [outcome, setOutcome] = useState<Outcome | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const run = async (): Promise<void> => {
    setBusy(true);
    setOutcome(undefined);
    try {
      setOutcome({ steps: (await call('providers.test', { id: provider.id })).steps });
    } catch (thrown) {
      setOutcome({ failed: toError(thrown) });
    }
    setBusy(false);
  };
  useEffect(() => void run(), []);
  return (
    <Dialog
      title={texts.testTitle(provider.name)}
      onClose={onClose}
      footer={
        <>
          <Button busy={isBusy} onClick={() => void run()}>
            {texts.again}
          </Button>
          <Button kind="primary" onClick={onClose}>
            {strings.components.close}
          </Button>
        </>
      }
    >
      <div role="status">
        {outcome === undefined ? <p>{texts.testing}</p> : null}
        {outcome !== undefined && 'steps' in outcome ? (
          <>
            <p>{texts.testGood}</p>
            <ol class="steps">
              {outcome.steps.map((step) => (
                <li key={step}>
                  <Icon name="check" />
                  {step}
                </li>
              ))}
            </ol>
          </>
        ) : null}
        {outcome !== undefined && 'failed' in outcome ? (
          <div class="failure">
            <Icon name="warning" />
            <p>{outcome.failed.message}</p>
          </div>
        ) : null}
      </div>
    </Dialog>
  );
}
