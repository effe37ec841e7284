import { Button } from '../components/button.tsx';
import { Icon } from '../components/icon.tsx';
import { Menu } from '../components/menu.tsx';
import { Name, shown } from '../components/name.tsx';
import { connection, noRoom } from '../live.ts';
import { go, href, path } from '../location.ts';
import { may, me } from '../me.ts';
import { entryOf, isAt, navigationPages, pageAt, reachablePages } from '../pages.ts';
import { leave } from '../session.ts';
import { strings } from '../strings.ts';
import { setTheme, type Theme, theme } from '../theme.ts';
import { isHelpOpen } from './help.tsx';

const texts = strings.shell;

/** The bar over every view: where one can go, and as whom one is here. */
export function Header() {
  const current = pageAt(path.value);
  return (
    <header class="bar">
      <a class="brand" href={href('/')}>
        <Icon name="end" />
        {texts.product}
      </a>
      <nav class="views" aria-label={texts.navigation}>
        {navigationPages().map((page) => (
          <a
            key={page.path}
            href={href(entryOf(page))}
            aria-current={page === current || isAt(page, path.value) ? 'page' : undefined}
          >
            {page.title}
          </a>
        ))}
      </nav>
      <div class="tools">
        <LiveMark />
        <Button
          kind="quiet"
          icon="help"
          label={texts.help}
          onClick={() => {
            isHelpOpen.value = true;
          }}
        />
        <ThemeMenu />
        <AccountMenu />
      </div>
    </header>
  );
}

function LiveMark() {
  if (!may('sessions.read')) return null;
  const state = connection.value;
  const text = {
    live: texts.live,
    connecting: texts.connecting,
    lost: noRoom.value === undefined ? texts.lost : texts.noUpdates,
  }[state];
  return (
    <span class={`live-mark ${state}`} title={state === 'live' ? texts.liveText : text}>
      <span class="live-dot" aria-hidden="true" />
      <span class="live-text">{text}</span>
    </span>
  );
}

const themeIcons = { system: 'system', light: 'sun', dark: 'moon' } as const;

function ThemeMenu() {
  return (
    <Menu
      label={texts.theme}
      icon={themeIcons[theme.value]}
      items={(Object.keys(texts.themes) as Theme[]).map((name) => ({
        label: texts.themes[name],
        checked: theme.value === name,
        onSelect: () => setTheme(name),
      }))}
    />
  );
}

function AccountMenu() {
  const person = me.value;
  if (person === undefined) return null;
  const { username, realm, accessGroups, kind } = person;
  const personal = reachablePages().filter((page) => !navigationPages().includes(page));
  const access = kind === 'session' ? texts.noAccess : accessGroups.join(', ');
  return (
    <Menu
      label={texts.account(shown(username))}
      icon="person"
      text={
        <span class="account-name">
          <Name text={username} />
        </span>
      }
      head={
        <>
          <strong>
            <Name text={username} />
          </strong>
          <span>{realm === null ? texts.allRealms : texts.realm(shown(realm))}</span>
          <span>
            {texts.access}: <Name text={access} />
          </span>
        </>
      }
      items={[
        ...personal.map((page) => ({ label: page.title, onSelect: () => go(entryOf(page)) })),
        { label: texts.signOut, onSelect: () => void leave() },
      ]}
    />
  );
}
