import type { ComponentType } from 'preact';
import { Tabs } from '../../components/tabs.tsx';
import { path } from '../../location.ts';
import { may, type Permission } from '../../me.ts';
import { NoPage } from '../../shell/page-view.tsx';
import { strings } from '../../strings.ts';
import { Admins } from './admins.tsx';
import { Keys } from './keys.tsx';
import { Policy } from './policy.tsx';
import { Providers } from './providers.tsx';
import { Users } from './users.tsx';
import './administration.css';

interface Part {
  readonly to: string;
  readonly title: string;
  readonly permission: Permission;
  readonly View: ComponentType;
}

const parts: readonly Part[] = [
  {
    to: '/administration/administrators',
    title: strings.admins.title,
    permission: 'admins.read',
    View: Admins,
  },
  { to: '/administration/keys', title: strings.keys.title, permission: 'keys.read', View: Keys },
  { to: '/administration/users', title: strings.users.title, permission: 'users.read', View: Users },
  {
    to: '/administration/providers',
    title: strings.providers.title,
    permission: 'providers.read',
    View: Providers,
  },
  { to: '/administration/policy', title: strings.policy.title, permission: 'policy.read', View: Policy },
];

/** The view Administration: a part for each kind of thing that is administered. */
export default function Administration() {
  const reachable = parts.filter(({ permission }) => may(permission));
  const isStart = path.value === '/administration';
  const part = parts.find(({ to }) => to === path.value) ?? (isStart ? reachable[0] : undefined);
  if (part === undefined) return <NoPage />;
  if (!may(part.permission)) return <NoPage isForbidden />;
  return (
    <div class="administration">
      <Tabs label={strings.administration.parts} tabs={reachable} current={part.to} />
      <part.View key={part.to} />
    </div>
  );
}
