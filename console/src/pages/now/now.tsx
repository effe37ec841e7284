import { useEffect, useState } from 'preact/hooks';
import { call } from '../../api.ts';
import { Button } from '../../components/button.tsx';
import { Failure } from '../../components/failure.tsx';
import { MisreadNotice, misread } from '../../components/misread-notice.tsx';
import { Select } from '../../components/select.tsx';
import { openCut } from '../../cut/open.ts';
import { useKeys } from '../../keys.ts';
import { go, query } from '../../location.ts';
import { isBound, may, me } from '../../me.ts';
import { isSome, type Readers, withMisread } from '../../misread.ts';
import { strings } from '../../strings.ts';
import { SampleOffer } from '../administration/sample-offer.tsx';
import { LastCuts } from './last-cuts.tsx';
import { LockOuts } from './lock-outs.tsx';
import { NodeList } from './node-list.tsx';
import { type Overview, useOverview } from './overview.ts';
import { Plots } from './plots.tsx';
import { rangeOf, ranges } from './ranges.ts';
import { StillTrying } from './still-trying.tsx';
import { Summary } from './summary.tsx';
import './now.css';

const texts = strings.now;
const fewSessions = 3;

/** What the address of the view may hold. */
const readers: Readers = { range: (value) => ranges.some(({ id }) => id === value), realm: isSome };

/** What happens now: live sessions, what came and went, who is still trying, and how the servers are. */
export default function Now() {
  const range = rangeOf(query.value.get('range'));
  const realm = query.value.get('realm') ?? undefined;
  const overview = useOverview(range, realm);
  const misreadParts = misread(readers);
  const show = (change: { range?: string; realm?: string }): void =>
    go('/', withMisread({ range: range.id, realm, ...change }, misreadParts), { replace: true });
  // What was passed over in the address may have been the realm.
  const mayCut = may('sessions.terminate') && misreadParts.length === 0;
  const cut = (): void => openCut(realm === undefined ? { all: true } : { all: true, realm });
  useKeys(
    {
      ...Object.fromEntries(ranges.map(({ id }, index) => [String(index + 1), () => show({ range: id })])),
      t: () => (mayCut ? cut() : false),
    },
    {
      scope: texts.keys.scope,
      help: { '1': texts.keys.range, ...(mayCut ? { t: texts.keys.terminate } : {}) },
    },
  );
  return (
    <div class="now">
      <header class="page-head">
        <div>
          <h1>{texts.title}</h1>
          <p class="quiet">{texts.lead}</p>
        </div>
        <div class="now-tools">
          <RealmChoice realm={realm} onChange={(chosen) => show({ realm: chosen })} />
          <fieldset class="now-ranges">
            <legend class="unseen">{texts.range}</legend>
            {ranges.map(({ id, title }) => (
              <Button key={id} pressed={id === range.id} onClick={() => show({ range: id })}>
                {title}
              </Button>
            ))}
          </fieldset>
          {mayCut ? (
            <Button kind="danger" icon="end" onClick={cut}>
              {texts.endSome}
            </Button>
          ) : null}
        </div>
      </header>
      <MisreadNotice readers={readers} consequence={texts.misread} />
      {overview.error === undefined ? null : <Failure error={overview.error} onRetry={overview.reload} />}
      {isNearlyEmpty(overview) ? <Beginning onLoaded={overview.reload} /> : null}
      <Parts {...{ overview, range, realm }} />
    </div>
  );
}

/**
 * Whether there is next to nothing to show: hardly more than the session of whoever looks, and no cut yet. Whoever is bound
 * to a realm is not shown every cut, so for them few sessions do not mean that there were never more.
 */
function isNearlyEmpty({ live, revocations }: Overview): boolean {
  return !isBound() && live !== undefined && live <= fewSessions && revocations?.length === 0;
}

/** What to do where there is nothing to see. */
function Beginning({ onLoaded }: { onLoaded: () => void }) {
  return (
    <section class="now-beginning" aria-labelledby="now-beginning">
      <div>
        <h2 id="now-beginning">{texts.empty}</h2>
        <p>{texts.emptyTeach}</p>
      </div>
      <SampleOffer onLoaded={onLoaded} />
    </section>
  );
}

interface PartsProps {
  readonly overview: Overview;
  readonly range: ReturnType<typeof rangeOf>;
  readonly realm: string | undefined;
}

function Parts({ overview, range, realm }: PartsProps) {
  const { timeline, live, refusals, revocations, nodes, lockOuts } = overview;
  return (
    <>
      <Summary {...{ timeline, live, refusals, range, realm }} />
      {timeline === undefined ? null : (
        <Plots {...{ timeline, revocations: revocations ?? [], range, realm }} />
      )}
      <div class="now-columns">
        {refusals === undefined ? null : <StillTrying refusals={refusals} />}
        {revocations === undefined ? null : <LastCuts revocations={revocations} />}
        {nodes === undefined ? null : <NodeList nodes={nodes} />}
        {lockOuts === undefined ? null : <LockOuts entries={lockOuts} />}
      </div>
    </>
  );
}

/** The choice of a realm, for whoever may see several. */
function RealmChoice({ realm, onChange }: { realm: string | undefined; onChange: (realm: string) => void }) {
  const [realms, setRealms] = useState<readonly string[]>([]);
  const mayChoose = me.value?.realm === null;
  useEffect(() => {
    if (!mayChoose) return;
    call('realms.list', {}, { quiet: true }).then(
      (answer) => setRealms(answer.realms),
      // The view is whole without the choice; what fails shows elsewhere on it.
      () => undefined,
    );
  }, [mayChoose]);
  if (!mayChoose || (realms.length < 2 && realm === undefined)) return null;
  const known = realm === undefined || realms.includes(realm) ? realms : [realm, ...realms];
  return (
    <Select
      label={texts.realm}
      hideLabel
      value={realm ?? ''}
      onChange={onChange}
      options={[
        { value: '', label: texts.everyRealm },
        ...known.map((name) => ({ value: name, label: name })),
      ]}
    />
  );
}
