import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { canonicalJson } from '../../../../src/core/canonical-json.ts';
import { CurfewError, call, type Outputs } from '../../api.ts';
import { Copy } from '../../components/copy.tsx';
import { Count } from '../../components/count.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Failure } from '../../components/failure.tsx';
import { Name } from '../../components/name.tsx';
import { Time } from '../../components/time.tsx';
import { SelectorChips } from '../../cut/selector-chips.tsx';
import { onEvent } from '../../live.ts';
import { href } from '../../location.ts';
import { strings } from '../../strings.ts';
import { faceName } from './columns.tsx';

const texts = strings.ledger;

type Detailed = Outputs['revocations.get']['revocation'];

/** Everything that the ledger says of one entry, and what has come of it. */
export function Detail({ seq, onClose }: { seq: number; onClose: () => void }) {
  const [entry, setEntry] = useState<Detailed | undefined>(undefined);
  const [error, setError] = useState<unknown>(undefined);
  const load = (): void => {
    setError(undefined);
    call('revocations.get', { seq }, { quiet: true })
      .then(({ revocation }) => setEntry(revocation))
      .catch((thrown: unknown) => {
        const isUnknown = thrown instanceof CurfewError && thrown.code === 'not_found';
        setError(isUnknown ? new CurfewError('not_found', texts.entryUnknown(seq)) : thrown);
      });
  };
  // Read anew for another entry.
  useEffect(() => {
    setEntry(undefined);
    load();
    return onEvent('sweep', (told) => {
      if (told.seq !== seq) return;
      const { swept, sweptAt, refused } = told;
      setEntry((known) => known && { ...known, sweep: { swept, sweptAt }, refused });
    });
  }, [seq]);
  return (
    <Dialog title={texts.entry(seq)} shape="side" onClose={onClose}>
      {error === undefined ? null : <Failure error={error} onRetry={load} />}
      {entry === undefined ? null : <Facts entry={entry} />}
    </Dialog>
  );
}

function Facts({ entry }: { entry: Detailed }) {
  const { facts } = texts;
  const { by, sweep } = entry;
  return (
    <>
      <dl class="ledger-facts">
        <Fact name={facts.why}>
          <span class="ledger-reason">
            <Name text={entry.reason} whole />
          </span>
        </Fact>
        <Fact name={facts.what}>
          <SelectorChips selector={entry.selector} />
        </Fact>
        <Fact name={facts.matched}>
          <Count value={entry.matched} />
          {entry.matched > 0 ? null : <p class="quiet">{texts.emptyCut}</p>}
        </Fact>
        <Fact name={facts.refused}>
          <Count value={entry.refused} />
          <p class="quiet">{facts.refusedHint}</p>
        </Fact>
        <Fact name={facts.at}>
          <Time at={entry.at} />
        </Fact>
        <Fact name={facts.by}>
          <Name text={by.name} /> <span class="quiet">{texts.byId(texts.kinds[by.kind], by.id)}</span>
        </Fact>
        <Fact name={facts.face}>{faceName(entry.face)}</Fact>
        <Fact name={facts.from}>{entry.from ?? <span class="quiet">{facts.unknownFrom}</span>}</Fact>
        <Fact name={facts.swept}>
          <Count value={sweep.swept} />
        </Fact>
        <Fact name={facts.sweptAt}>
          <Time at={sweep.sweptAt} />
        </Fact>
        <Fact name={facts.hash}>
          <code class="ledger-hash">{entry.hash}</code>
          <Copy text={entry.hash} what={texts.theHash} />
        </Fact>
        <Fact name={facts.previousHash}>
          <code class="ledger-hash">{entry.previousHash}</code>
        </Fact>
        <Fact name={facts.selector}>
          <code class="ledger-hash">
            <Name text={canonicalJson(entry.selector)} whole />
          </code>
        </Fact>
      </dl>
      {entry.matched === 0 ? null : (
        <p>
          <a href={href('/sessions', { state: 'ended', revocation: entry.seq })}>{texts.showSessions}</a>
        </p>
      )}
    </>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
