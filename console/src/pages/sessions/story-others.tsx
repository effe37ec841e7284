import { useEffect, useState } from 'preact/hooks';
import { call, type Outputs } from '../../api.ts';
import { Name } from '../../components/name.tsx';
import { Time } from '../../components/time.tsx';
import { formatCount } from '../../format.ts';
import { href } from '../../location.ts';
import { strings } from '../../strings.ts';
import { queryOf, type Session } from './view.ts';

const texts = strings.sessions;
const most = 5;

/** Where else the user is signed in now. */
export function StoryOthers({ session }: { session: Session }) {
  const { id, username, realm } = session;
  const [page, setPage] = useState<Outputs['sessions.list'] | undefined>(undefined);
  useEffect(() => {
    setPage(undefined);
    let isGone = false;
    const input = { username, realm, limit: most + 1, count: 'exact' } as const;
    call('sessions.list', input, { quiet: true }).then(
      (found) => isGone || setPage(found),
      // The story is whole without it; what is wrong shows in the table.
      () => undefined,
    );
    return () => {
      isGone = true;
    };
  }, [id, username, realm]);
  if (page === undefined) return null;
  const others = page.sessions.filter((other) => other.id !== id).slice(0, most);
  const count = page.count ?? 0;
  return (
    <section>
      <h3>{texts.othersTitle}</h3>
      {others.length === 0 ? (
        <p class="quiet">{texts.othersNone}</p>
      ) : (
        <ul class="story-others">
          {others.map((other) => (
            <li key={other.id}>
              <a
                href={href('/sessions', queryOf({ user: username, realm, session: other.id, ...usualOrder }))}
              >
                {other.client.ip ?? texts.unknown}
              </a>
              <span>
                <Name text={other.provider.name} />
                {other.app === undefined ? null : (
                  <>
                    {' · '}
                    <Name text={other.app} />
                  </>
                )}
              </span>
              <span class="quiet">
                <Time at={other.lastAccessAt} relative />
              </span>
            </li>
          ))}
        </ul>
      )}
      {count <= 1 ? null : (
        <a href={href('/sessions', queryOf({ user: username, realm, ...usualOrder }))}>
          {texts.othersAll(formatCount(count))}
        </a>
      )}
    </section>
  );
}

const usualOrder = { state: 'live', order: '-createdAt' } as const;
