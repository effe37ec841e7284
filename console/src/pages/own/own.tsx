import { useEffect, useState } from 'preact/hooks';
import { call, type Outputs, toError } from '../../api.ts';
import { Button } from '../../components/button.tsx';
import { Chip } from '../../components/chip.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Failure } from '../../components/failure.tsx';
import { Name } from '../../components/name.tsx';
import { Time } from '../../components/time.tsx';
import { toast } from '../../components/toast.tsx';
import { strings } from '../../strings.ts';
import './own.css';

const texts = strings.own;

type OwnPage = Outputs['me.sessions.list'];
type OwnSession = OwnPage['sessions'][number];

/** The person's own sessions, which everybody may see and end. */
export default function Own() {
  const [page, setPage] = useState<OwnPage | undefined>(undefined);
  const [error, setError] = useState<unknown>(undefined);
  const [isAsking, setAsking] = useState(false);

  const load = async (cursor?: string): Promise<void> => {
    try {
      const next = await call('me.sessions.list', { limit: 50, ...(cursor === undefined ? {} : { cursor }) });
      setError(undefined);
      setPage((before) =>
        cursor === undefined || before === undefined
          ? next
          : { ...next, sessions: [...before.sessions, ...next.sessions] },
      );
    } catch (thrown) {
      setError(thrown);
    }
  };
  // Loaded once, and after each change.
  useEffect(() => void load(), []);

  const end = async (act: () => Promise<{ matched: number }>): Promise<void> => {
    try {
      const { matched } = await act();
      toast(texts.ended(matched));
    } catch (thrown) {
      toast(toError(thrown).message, { kind: 'failed' });
    }
    await load();
  };

  const others = page?.sessions.filter(({ id }) => id !== page.current).length ?? 0;
  return (
    <div class="own">
      <header class="page-head">
        <div>
          <h1>{texts.title}</h1>
          <p class="quiet">{texts.lead}</p>
        </div>
        {others > 0 && page?.current !== undefined ? (
          <Button kind="danger" onClick={() => setAsking(true)}>
            {texts.endOthers}
          </Button>
        ) : null}
      </header>
      {error === undefined ? null : <Failure error={error} onRetry={() => void load()} />}
      {page === undefined ? null : (
        <ul class="own-list">
          {page.sessions.map((session) => (
            <OwnRow
              key={session.id}
              session={session}
              isCurrent={session.id === page.current}
              onEnd={() => void end(() => call('me.sessions.deleteOne', { id: session.id }))}
            />
          ))}
        </ul>
      )}
      {page?.nextCursor === undefined ? null : (
        <Button onClick={() => void load(page.nextCursor)}>{texts.more}</Button>
      )}
      {isAsking ? (
        <Dialog
          title={texts.endOthersQuestion}
          onClose={() => setAsking(false)}
          footer={
            <>
              <Button onClick={() => setAsking(false)}>{strings.components.cancel}</Button>
              <Button
                kind="danger"
                onClick={() => {
                  setAsking(false);
                  void end(() => call('me.sessions.delete', { keepCurrent: true }));
                }}
              >
                {texts.endOthers}
              </Button>
            </>
          }
        >
          <p>{texts.endOthersText}</p>
        </Dialog>
      ) : null}
    </div>
  );
}

interface OwnRowProps {
  readonly session: OwnSession;
  readonly isCurrent: boolean;
  readonly onEnd: () => void;
}

function OwnRow({ session, isCurrent, onEnd }: OwnRowProps) {
  const { client, provider, app, createdAt, lastAccessAt } = session;
  const from = client.ip ?? texts.unknownClient;
  return (
    <li>
      <div class="own-what">
        <strong>{from}</strong>
        {isCurrent ? <Chip tone="good">{texts.current}</Chip> : null}
        <span class="quiet own-agent">
          <Name text={client.userAgent ?? ''} />
        </span>
      </div>
      <dl class="own-facts">
        <div>
          <dt>{texts.provider}</dt>
          <dd>
            <Name text={provider.name} />
          </dd>
        </div>
        {app === undefined ? null : (
          <div>
            <dt>{texts.app}</dt>
            <dd>
              <Name text={app} />
            </dd>
          </div>
        )}
        <div>
          <dt>{texts.since}</dt>
          <dd>
            <Time at={createdAt} />
          </dd>
        </div>
        <div>
          <dt>{texts.used}</dt>
          <dd>
            <Time at={lastAccessAt} relative />
          </dd>
        </div>
      </dl>
      {isCurrent ? null : (
        <Button kind="danger" size="small" label={texts.endOf(from)} onClick={onEnd}>
          {texts.end}
        </Button>
      )}
    </li>
  );
}
