import { useEffect, useRef, useState } from 'preact/hooks';
import { type BrokenLink, type ChainWalk, type Noted, walkChain } from '../../../../src/client/chain.ts';
import { CurfewError, call, isAbort } from '../../api.ts';
import { Button } from '../../components/button.tsx';
import { Copy } from '../../components/copy.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Failure } from '../../components/failure.tsx';
import { Field } from '../../components/field.tsx';
import { Icon } from '../../components/icon.tsx';
import { href } from '../../location.ts';
import { me } from '../../me.ts';
import { strings } from '../../strings.ts';
import { eachPage } from './entries.ts';

const texts = strings.ledger;

type Found = Omit<ChainWalk, 'broken'> & {
  readonly broken:
    | { readonly seq: number; readonly problem: BrokenLink['problem'] | 'unreadable' }
    | undefined;
};

/** Computes every hash of the ledger anew, here in the browser, and says which link is the first not to hold. */
export function Verify({ onClose }: { onClose: () => void }) {
  const [noted, setNoted] = useState('');
  const [isWrong, setWrong] = useState(false);
  const [checked, setChecked] = useState<number | undefined>(undefined);
  const [found, setFound] = useState<Found | undefined>(undefined);
  const [error, setError] = useState<unknown>(undefined);
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);
  const isSafe = globalThis.crypto?.subtle !== undefined;

  const verify = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (checked !== undefined) return;
    const anchor = notedOf(noted);
    setWrong(anchor === 'wrong');
    if (anchor === 'wrong') return;
    setError(undefined);
    setFound(undefined);
    setChecked(0);
    try {
      setFound(await walk(anchor, stop.current.signal, setChecked));
    } catch (thrown) {
      if (!isAbort(thrown)) setError(thrown);
    } finally {
      setChecked(undefined);
    }
  };

  return (
    <Dialog title={texts.verifyTitle} onClose={onClose}>
      <form class="ledger-verify" onSubmit={(event) => void verify(event)} noValidate>
        <p>{texts.verifyLead}</p>
        {isSafe ? (
          <>
            <Field
              label={texts.verifyNoted}
              value={noted}
              onInput={setNoted}
              hint={texts.verifyNotedHint}
              error={isWrong ? texts.verifyNotedWrong : undefined}
            />
            <div>
              <Button type="submit" kind="primary" busy={checked !== undefined}>
                {found === undefined ? texts.verifyStart : texts.verifyAgain}
              </Button>
            </div>
          </>
        ) : (
          <p class="ledger-broken">{texts.verifyUnsafe}</p>
        )}
        {error === undefined ? null : <Failure error={error} />}
        <div role="status">
          {checked === undefined ? null : <p class="quiet">{texts.checked(checked)}</p>}
          {found === undefined ? null : <Outcome found={found} onClose={onClose} />}
        </div>
      </form>
    </Dialog>
  );
}

function Outcome({ found, onClose }: { found: Found; onClose: () => void }) {
  const { broken, head, isWhole, checked } = found;
  if (broken !== undefined) {
    return (
      <div class="ledger-broken" data-broken={broken.seq}>
        <p>
          <Icon name="warning" />
          <strong>{texts.breaks(broken.seq)}</strong> {texts.problems[broken.problem]}
        </p>
        <p>{texts.breaksHint}</p>
        {broken.problem === 'missing' || broken.problem === 'cut_off' ? null : (
          <a href={href('/ledger', { entry: broken.seq })} onClick={onClose}>
            {texts.showBroken(broken.seq)}
          </a>
        )}
      </div>
    );
  }
  const line = head === undefined ? undefined : `${head.seq}:${head.hash}`;
  return (
    <div class="ledger-holds">
      <p>
        <Icon name="check" />
        <strong>{isWhole ? texts.holds(checked) : texts.holdsPart(checked)}</strong>
      </p>
      {line === undefined ? null : (
        <p>
          {texts.head} <code class="ledger-hash">{line}</code> <Copy text={line} what={texts.theHead} />
          <br />
          <span class="quiet">{texts.headHint}</span>
        </p>
      )}
    </div>
  );
}

async function walk(
  noted: Noted | undefined,
  signal: AbortSignal,
  onProgress: (checked: number) => void,
): Promise<Found> {
  const { head, hash } = await call('ledger.get', {}, { signal, quiet: true });
  const seesAll = me.value?.realm === null;
  try {
    return await walkChain(eachPage({}, signal), {
      end: { seq: head, hash },
      noted,
      seesAll,
      onProgress,
    });
  } catch (thrown) {
    // An entry that somebody has made unreadable is one that does not hold.
    const seq = thrown instanceof CurfewError ? Number(thrown.details.facts?.seq) : Number.NaN;
    if (!(thrown instanceof CurfewError) || thrown.code !== 'ledger_broken' || Number.isNaN(seq))
      throw thrown;
    return { checked: 0, head: undefined, isWhole: false, broken: { seq, problem: 'unreadable' } };
  }
}

function notedOf(text: string): Noted | undefined | 'wrong' {
  if (text.trim() === '') return undefined;
  const [, seq, hash] = /^(\d{1,15})[:\s]\s*([0-9a-f]{64})$/i.exec(text.trim()) ?? [];
  return seq === undefined || hash === undefined ? 'wrong' : { seq: Number(seq), hash: hash.toLowerCase() };
}
