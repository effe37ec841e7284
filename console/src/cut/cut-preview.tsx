import { Button } from '../components/button.tsx';
import { Chip } from '../components/chip.tsx';
import { Count } from '../components/count.tsx';
import { Checkbox } from '../components/field.tsx';
import { Icon } from '../components/icon.tsx';
import { Name, shown } from '../components/name.tsx';
import { Time } from '../components/time.tsx';
import { me } from '../me.ts';
import { strings } from '../strings.ts';
import type { Preview, Taken } from './cut-dialog.tsx';

const texts = strings.cut;
const mostShown = 5;
const mostNames = 5;

interface CutPreviewProps {
  readonly taken: Taken;
  /** The number before, when it has grown while the person decided. */
  readonly grownFrom: number | undefined;
  readonly sparesOwn: boolean;
  /** Undefined where there is no own session to spare. */
  readonly onSpareOwn: ((spares: boolean) => void) | undefined;
  readonly onRecount: () => void;
}

/** Who would be ended, and what that means. */
export function CutPreview({ taken, grownFrom, sparesOwn, onSpareOwn, onRecount }: CutPreviewProps) {
  const { preview, at } = taken;
  const { count } = preview;
  return (
    <>
      {grownFrom === undefined || grownFrom >= count ? null : (
        <p class="cut-warning" role="alert">
          <Icon name="warning" />
          <span>{texts.grown(grownFrom, count)}</span>
        </p>
      )}
      <div class="cut-head">
        <p class="cut-count" role="status">
          {count === 0 ? (
            <strong>{texts.nobody}</strong>
          ) : (
            <>
              <strong class="cut-number">
                <Count value={count} />
              </strong>{' '}
              {texts.lead(count)}
            </>
          )}
        </p>
        <span class="cut-taken quiet">
          {texts.countedAt} <Time at={at} />
          <Button kind="quiet" size="small" icon="refresh" label={texts.recount} onClick={onRecount} />
        </span>
      </div>
      {count === 0 ? (
        <p class="cut-warning" role="alert">
          <Icon name="warning" />
          <span>
            {preview.warning} {texts.nobodyHint}
          </span>
        </p>
      ) : (
        <p>{texts.consequence}</p>
      )}
      <Marked {...{ preview, sparesOwn, onSpareOwn }} />
      {count === 0 ? null : (
        <>
          <div class="cut-tallies">
            <Tallies title={texts.by.provider} tallies={preview.byProvider} count={count} />
            <Tallies title={texts.by.realm} tallies={preview.byRealm} count={count} />
            <Tallies title={texts.by.user} tallies={preview.byUser} count={count} />
            <Tallies title={texts.by.app} tallies={preview.byApp} count={count} rest={texts.noApp} />
          </div>
          <Sample preview={preview} />
        </>
      )}
    </>
  );
}

/** Administrators and the person themselves among them. */
function Marked({
  preview,
  sparesOwn,
  onSpareOwn,
}: Pick<CutPreviewProps, 'sparesOwn' | 'onSpareOwn'> & { preview: Preview }) {
  const { administrators, hitsOwnSession } = preview;
  const names = administrators
    .slice(0, mostNames)
    .map(({ adminId, username }) => (username === undefined ? texts.administrator(adminId) : shown(username)))
    .join(', ');
  const more = administrators.length - mostNames;
  return (
    <>
      {administrators.length === 0 ? null : (
        <p class="cut-warning">
          <Icon name="warning" />
          <span>
            {texts.administrators(
              more > 0 ? `${names} ${texts.andMore(more)}` : names,
              administrators.length,
            )}
          </span>
        </p>
      )}
      {hitsOwnSession ? (
        <p class="cut-warning">
          <Icon name="warning" />
          <span>{texts.ownSession}</span>
        </p>
      ) : null}
      {(hitsOwnSession || sparesOwn) && onSpareOwn !== undefined ? (
        <Checkbox label={texts.spareOwn} checked={sparesOwn} onChange={onSpareOwn} />
      ) : null}
    </>
  );
}

interface TalliesProps {
  readonly title: string;
  readonly tallies: Preview['byRealm'];
  readonly count: number;
  /** What those are called that no tally counts. */
  readonly rest?: string;
}

function Tallies({ title, tallies, count, rest = texts.rest }: TalliesProps) {
  const shown = tallies.slice(0, mostShown);
  const others = count - shown.reduce((sum, tally) => sum + tally.count, 0);
  const restName = tallies.length > shown.length ? texts.rest : rest;
  if (tallies.length === 0) return null;
  return (
    <table class="cut-tally">
      <caption>{title}</caption>
      <thead class="unseen">
        <tr>
          <th scope="col">{texts.value}</th>
          <th scope="col">{texts.count}</th>
        </tr>
      </thead>
      <tbody>
        {shown.map(({ value, count: own }) => (
          <tr key={value}>
            <th scope="row">
              <Name text={value} />
            </th>
            <td>
              <Count value={own} />
            </td>
          </tr>
        ))}
        {others > 0 ? (
          <tr class="quiet">
            <th scope="row">{restName}</th>
            <td>
              <Count value={others} />
            </td>
          </tr>
        ) : null}
      </tbody>
    </table>
  );
}

function Sample({ preview }: { preview: Preview }) {
  const { sample, count, administrators } = preview;
  const columns = texts.sampleColumns;
  const ids = new Set(administrators.map(({ adminId }) => adminId));
  return (
    <details class="cut-sample">
      <summary>{sample.length === count ? texts.sampleAll : texts.sample(sample.length)}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what is scrolled must be reached by keyboard too. */}
      <section class="cut-sample-box" tabIndex={0} aria-label={texts.sample(sample.length)}>
        <table class="plain-table">
          <thead>
            <tr>
              <th scope="col">{columns.user}</th>
              <th scope="col">{columns.provider}</th>
              <th scope="col">{columns.from}</th>
              <th scope="col">{columns.since}</th>
            </tr>
          </thead>
          <tbody>
            {sample.map((session) => (
              <tr key={session.id}>
                <th scope="row">
                  <Name text={session.username} />{' '}
                  {session.adminIds.some((id) => ids.has(id)) ? (
                    <Chip tone="warning">{texts.isAdministrator}</Chip>
                  ) : null}
                  {session.id === me.value?.sessionId ? <Chip tone="warning">{texts.isOwn}</Chip> : null}
                </th>
                <td>
                  <Name text={session.provider.type} />/<Name text={session.provider.name} />
                </td>
                <td>{session.client.ip ?? ''}</td>
                <td>
                  <Time at={session.createdAt} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
