import { useEffect, useState } from 'preact/hooks';
import { CurfewError, call, type Inputs, isAbort, type Outputs } from '../../api.ts';
import { Button } from '../../components/button.tsx';
import { Failure } from '../../components/failure.tsx';
import { shown } from '../../components/name.tsx';
import { openCut } from '../../cut/open.ts';
import { formatCount } from '../../format.ts';
import { may } from '../../me.ts';
import { strings } from '../../strings.ts';
import { type Limits, limitEntry, limitText, selectorOf, timeText } from './policy-values.ts';

const texts = strings.policy;

type Preview = Outputs['policy.preview'];
type Place = Preview['places'][number];

/** While somebody still types, nothing is asked. */
const patienceMs = 250;

/** Shows what setting or removing a rule would change, and for how many live sessions; anew with each change of it. */
export function PolicyChanges({ input }: { input: Inputs['policy.preview'] }) {
  const [preview, setPreview] = useState<Preview | undefined>(undefined);
  const [failed, setFailed] = useState<unknown>(undefined);
  const key = JSON.stringify(input);
  useEffect(() => {
    const stop = new AbortController();
    setPreview(undefined);
    setFailed(undefined);
    const timer = setTimeout(() => {
      call('policy.preview', input, { signal: stop.signal, quiet: true }).then(setPreview, (thrown) => {
        if (!isAbort(thrown)) setFailed(thrown);
      });
    }, patienceMs);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [key]);
  return (
    <section
      class="changes"
      aria-label={texts.changes}
      aria-busy={preview === undefined && failed === undefined}
    >
      <h3>{texts.changes}</h3>
      <div role="status">
        {failed === undefined ? null : isIncomplete(failed) ? (
          <p class="quiet">{texts.changesIncomplete}</p>
        ) : (
          <Failure error={failed} />
        )}
        {preview === undefined && failed === undefined ? <p class="quiet">{texts.changesWait}</p> : null}
        {preview?.places.length === 0 ? <p>{texts.changesNone}</p> : null}
        {preview === undefined || preview.places.length === 0 ? null : (
          <ul>
            {preview.places.map((place) => (
              <PlaceChange
                key={JSON.stringify([place.realm, place.provider, place.username])}
                place={place}
              />
            ))}
          </ul>
        )}
        {preview !== undefined && preview.notCounted > 0 ? (
          <p>{texts.notCounted(formatCount(preview.notCounted))}</p>
        ) : null}
      </div>
    </section>
  );
}

/** What is wrong is said at the fields when it is to be saved. */
function isIncomplete(thrown: unknown): boolean {
  return thrown instanceof CurfewError && ['invalid_input', 'realm_unknown'].includes(thrown.code);
}

function PlaceChange({ place }: { place: Place }) {
  const { before, after, changes, live, longer, full, over } = place;
  const { exceeded } = limitEntry(after.sessionLimit);
  const fullText = exceeded === 'refuse' ? texts.fullRefused : texts.fullDisplaced;
  return (
    <li>
      <h4>{placeText(place)}</h4>
      <dl>
        {changes.map((name) => (
          <div key={name} class="change">
            <dt>{texts.limits[name]}</dt>
            <dd>
              <del>{textOf(before, name)}</del> <span class="unseen">{texts.becomes}</span>
              <span aria-hidden="true">→</span> <ins>{textOf(after, name)}</ins>
            </dd>
          </div>
        ))}
      </dl>
      <p>{live === 0 ? texts.keepNone : live === 1 ? texts.keepOne : texts.keep(formatCount(live))}</p>
      {longer === 0 ? null : (
        <p>
          {live === 1 ? texts.longerOne : texts.longer(formatCount(longer))}{' '}
          {may('sessions.terminate') ? (
            <Button size="small" onClick={() => openCut(selectorOf(place))}>
              {texts.endLonger}
            </Button>
          ) : null}
        </p>
      )}
      {full === 0 ? null : <p>{fullText(formatCount(full))}</p>}
      {over === 0 ? null : <p>{texts.over(formatCount(over))}</p>}
    </li>
  );
}

function placeText({ realm, provider, username }: Place): string {
  const { place } = texts;
  const where =
    provider === undefined
      ? place.realm(shown(realm))
      : place.provider(shown(realm), shown(`${provider.type}/${provider.name}`));
  return username === undefined ? where : place.user(where, shown(username));
}

function textOf(limits: Limits, name: Place['changes'][number]): string {
  return name === 'sessionLimit' ? limitText(limits.sessionLimit) : timeText(limits[name]);
}
