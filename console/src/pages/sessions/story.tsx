import type { ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { CurfewError, call, isAbort, type Outputs } from '../../api.ts';
import { AskedAgain } from '../../asked-again.ts';
import { Button } from '../../components/button.tsx';
import { Chip } from '../../components/chip.tsx';
import { Copy } from '../../components/copy.tsx';
import { Failure } from '../../components/failure.tsx';
import { Name, shown } from '../../components/name.tsx';
import { Time } from '../../components/time.tsx';
import { openCut } from '../../cut/open.ts';
import { formatDuration } from '../../format.ts';
import { onEvent } from '../../live.ts';
import { may } from '../../me.ts';
import { strings } from '../../strings.ts';
import './story.css';
import { StoryEnd, Tried } from './story-end.tsx';
import { StoryOthers } from './story-others.tsx';

const texts = strings.sessions;

type Answer = Outputs['sessions.get'];

export interface StoryProps {
  readonly id: string;
  readonly onClose: () => void;
}

/** The whole story of one session, beside the table. */
export function Story({ id, onClose }: StoryProps) {
  const { answer, error, isRemoved, load } = useSession(id);
  const heading = useId();
  const head = useRef<HTMLHeadingElement>(null);
  const session = answer?.session;
  // Where it covers the table the reader is led into it; beside the table they go on from row to row.
  useLayoutEffect(() => {
    if (matchMedia('(max-width: 64rem)').matches) head.current?.focus();
  }, []);
  return (
    <aside class="story" aria-labelledby={heading}>
      <header class="story-head">
        <div>
          <h2 id={heading} ref={head} tabIndex={-1}>
            {session === undefined ? texts.story : <Name text={session.username} />}
          </h2>
          {session === undefined ? null : (
            <span class="story-state">
              {isRemoved ? (
                <Chip tone="warning">{texts.removed}</Chip>
              ) : session.ended === undefined ? (
                <Chip tone="good">{texts.live}</Chip>
              ) : (
                <Chip tone="warning">{texts.reasons[session.ended.reason]}</Chip>
              )}
            </span>
          )}
        </div>
        <Button kind="quiet" icon="close" label={texts.close} onClick={onClose} />
      </header>
      {isRemoved ? (
        <p class="story-removed" role="status">
          {texts.removedText}
        </p>
      ) : error === undefined ? null : (
        <Failure error={error} onRetry={load} />
      )}
      {answer === undefined ? (
        error === undefined ? (
          <p class="loading">{texts.loading}</p>
        ) : null
      ) : (
        <div class="story-body">
          {answer.session.ended === undefined ? null : (
            <>
              <StoryEnd ended={answer.session.ended} />
              <Tried uses={answer.refusedUses} />
            </>
          )}
          <Facts answer={answer} />
          <StoryOthers session={answer.session} />
        </div>
      )}
      {session === undefined ||
      session.ended !== undefined ||
      isRemoved ||
      !may('sessions.terminate') ? null : (
        <footer class="story-foot">
          <Button kind="danger" icon="end" onClick={() => openCut({ sessionIds: [session.id] })}>
            {texts.endOne}
          </Button>
        </footer>
      )}
    </aside>
  );
}

function Facts({ answer }: { answer: Answer }) {
  const { session, device } = answer;
  const { client, provider, idleTimeoutMs, lastAccessAt, attributes } = session;
  const idleAt = idleTimeoutMs === null ? null : Date.parse(lastAccessAt) + idleTimeoutMs;
  return (
    <>
      <FactList title={texts.from}>
        <Fact name={texts.address}>
          {client.ip === undefined ? texts.unknown : <span class="mono">{client.ip}</span>}
        </Fact>
        <Fact name={texts.device}>{deviceText(device)}</Fact>
        {client.userAgent === undefined ? null : (
          <Fact name={texts.column.userAgent}>
            <span class="quiet">
              <Name text={client.userAgent} />
            </span>
          </Fact>
        )}
      </FactList>
      <FactList title={texts.through}>
        <Fact name={texts.field.provider}>
          <Name text={provider.name} />{' '}
          <span class="quiet">
            <Name text={provider.type} />
          </span>
        </Fact>
        <Fact name={texts.field.app}>
          {session.app === undefined ? texts.unknown : <Name text={session.app} />}
        </Fact>
        <Fact name={texts.field.realm}>
          <Name text={session.realm} />
        </Fact>
        <Fact name={texts.field.subject}>
          <Name text={session.subject} />
        </Fact>
        {session.providerSession === undefined ? null : (
          <Fact name={texts.providerSession}>
            <Name text={session.providerSession} />
          </Fact>
        )}
      </FactList>
      <FactList title={texts.times}>
        <Fact name={texts.created}>
          <Time at={session.createdAt} />
        </Fact>
        <Fact name={texts.used}>
          <Time at={lastAccessAt} />{' '}
          <span class="quiet">
            (<Time at={lastAccessAt} relative />)
          </span>
        </Fact>
        <Fact name={texts.epoch}>{session.epoch}</Fact>
      </FactList>
      <FactList title={texts.limits}>
        <Fact name={texts.idleLimit}>
          {idleTimeoutMs === null ? texts.noLimit : formatDuration(idleTimeoutMs)}
        </Fact>
        {session.ended !== undefined || idleAt === null ? null : (
          <Fact name={texts.idleAt}>
            <Time at={idleAt} />
          </Fact>
        )}
        <Fact name={texts.expiresAt}>
          {session.expiresAt === null ? texts.noLimit : <Time at={session.expiresAt} />}
        </Fact>
      </FactList>
      <FactList title={texts.rights}>
        <Fact name={texts.column.groups}>
          <span class="story-chips">
            {session.accessGroups.length === 0
              ? texts.noLimit
              : session.accessGroups.map((group) => (
                  <Chip key={group}>
                    <Name text={group} />
                  </Chip>
                ))}
          </span>
        </Fact>
        {session.adminIds.length === 0 ? null : (
          <Fact name={texts.adminIds}>{session.adminIds.join(', ')}</Fact>
        )}
        {Object.entries(attributes).map(([name, value]) => (
          <Fact key={name} name={shown(name)}>
            <Name text={value} />
          </Fact>
        ))}
        <Fact name={texts.column.id}>
          <span class="mono">{session.id}</span> <Copy text={session.id} what={texts.column.id} />
        </Fact>
      </FactList>
    </>
  );
}

function deviceText({ browser, system }: Answer['device']): string {
  if (browser !== undefined && system !== undefined) return texts.deviceOf(browser, system);
  return browser ?? system ?? texts.unknown;
}

function FactList({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section>
      <h3>{title}</h3>
      <dl class="facts">{children}</dl>
    </section>
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

/** The session, kept up to date: a cut, or a use that was refused, shows at once. */
function useSession(id: string) {
  const [answer, setAnswer] = useState<Answer | undefined>(undefined);
  const [error, setError] = useState<unknown>(undefined);
  const latest = useRef<() => void>(() => {});
  useEffect(() => {
    setAnswer(undefined);
    setError(undefined);
    const stop = new AbortController();
    let isQuiet = false;
    let isAsking = false;
    let isWanted = false;
    const again = new AskedAgain(() => load());
    const load = (): void => {
      if (again.isHeld || stop.signal.aborted) return;
      isWanted = isAsking;
      // One question at a time: an answer that a later one has overtaken would show what is so no more.
      if (isAsking) return;
      isAsking = true;
      call('sessions.get', { id }, { signal: stop.signal, quiet: isQuiet })
        .then(
          (now) => {
            again.answered();
            setAnswer(now);
            setError(undefined);
          },
          (thrown: unknown) => {
            if (isAbort(thrown)) return;
            again.failed(thrown);
            setError(thrown);
          },
        )
        .finally(() => {
          isAsking = false;
          if (isWanted) load();
        });
      isQuiet = true;
    };
    latest.current = () => again.now();
    load();
    const forget = [
      onEvent('revocation', load),
      onEvent('pulse', load),
      // Samples are removed by no revocation.
      onEvent('journal', ({ event }) => {
        if (event === 'samples.removed') load();
      }),
      onEvent('hello', () => {
        again.hurry();
        load();
      }),
    ];
    return () => {
      stop.abort();
      again.close();
      for (const one of forget) one();
    };
  }, [id]);
  const isRemoved = error instanceof CurfewError && isMissing(error) && answer !== undefined;
  return { answer, error, isRemoved, load: () => latest.current() };
}

function isMissing({ code }: CurfewError): boolean {
  return code === 'session_not_found' || code === 'not_found';
}
