import { useState } from 'preact/hooks';
import { type CallOptions, call, type Outputs } from '../../api.ts';
import { Button } from '../../components/button.tsx';
import { Chip } from '../../components/chip.tsx';
import { Empty } from '../../components/empty.tsx';
import { Field } from '../../components/field.tsx';
import { Menu } from '../../components/menu.tsx';
import { Name, Names } from '../../components/name.tsx';
import { Time } from '../../components/time.tsx';
import { go, query } from '../../location.ts';
import { may, me } from '../../me.ts';
import { strings } from '../../strings.ts';
import { useLoaded } from './loaded.ts';
import { useOpened } from './opened.ts';
import { PartTable, PartView } from './part-view.tsx';
import { SecretDialog } from './secret-dialog.tsx';
import { AddUser, ChangeUser, type EndingAct, EndingDialog, UserPassword } from './user-dialogs.tsx';

export type User = Outputs['users.list']['users'][number];

const texts = strings.users;
const general = strings.administration;
const pageSize = 50;
const here = '/administration/users';

type Opened =
  | { readonly doing: 'add' }
  | { readonly doing: 'change' | 'password' | EndingAct; readonly user: User }
  | { readonly doing: 'give'; readonly given: GivenPassword };

/** A password that the API has made, to be shown once. */
export interface GivenPassword {
  readonly username: string;
  readonly password: string;
}

/** Curfew's own users, of one realm. */
export function Users() {
  const person = me.value;
  const realm = person?.realm ?? query.value.get('realm') ?? 'default';
  const prefix = query.value.get('prefix') ?? '';
  const [pages, setPages] = useState(1);
  const loaded = useLoaded(
    (options) => readPages(realm, prefix, pages, options),
    ['user.'],
    `${realm} ${prefix} ${pages}`,
  );
  const { opened, open, close, done, doAtOnce } = useOpened<Opened>(loaded.reload);
  const mayWrite = may('users.write');
  const show = (changes: { realm?: string; prefix?: string }): void => {
    setPages(1);
    go(here, { realm, prefix, ...changes }, { replace: true });
  };
  const giveOrDone = (given?: GivenPassword): Promise<void> =>
    done(given === undefined ? undefined : { doing: 'give', given });
  const enable = ({ username }: User): Promise<void> =>
    doAtOnce(() => call('users.enable', { username, realm }), texts.enabledDone(username));
  const found = loaded.value;
  return (
    <PartView
      title={texts.title}
      lead={texts.lead}
      add={mayWrite ? texts.add : undefined}
      onAdd={() => open({ doing: 'add' })}
      loaded={loaded}
      tools={
        <search class="part-tools">
          <Field
            label={texts.search}
            type="search"
            value={prefix}
            onInput={(text) => show({ prefix: text })}
          />
          {person?.realm === null ? (
            <Field label={general.realm} value={realm} onInput={(text) => show({ realm: text })} />
          ) : null}
        </search>
      }
    >
      {found?.users.length === 0 ? (
        <Empty title={prefix === '' ? texts.none : texts.noneFound}>{texts.noneTeach}</Empty>
      ) : null}
      {found === undefined || found.users.length === 0 ? null : (
        <PartTable
          label={texts.title}
          columns={[texts.username, general.groups, texts.state, texts.factor, texts.passwordOf, '']}
        >
          {found.users.map((user) => (
            <tr key={user.username}>
              <th scope="row">
                <Name text={user.username} />
              </th>
              <td data-title={general.groups}>
                <Names texts={user.accessGroups} />
              </td>
              <td data-title={texts.state}>
                {user.enabled ? texts.enabled : <Chip tone="warning">{texts.disabled}</Chip>}
              </td>
              <td data-title={texts.factor}>{user.hasTotp ? texts.hasFactor : texts.noFactor}</td>
              <td data-title={texts.passwordOf}>
                <Time at={user.passwordChangedAt} />{' '}
                {user.mustChangePassword ? <span class="quiet">({texts.mustChange})</span> : null}
              </td>
              <td class="end">
                {mayWrite ? <UserMenu user={user} onOpen={open} onEnable={() => void enable(user)} /> : null}
              </td>
            </tr>
          ))}
        </PartTable>
      )}
      {found?.hasMore ? <Button onClick={() => setPages(pages + 1)}>{texts.more}</Button> : null}
      {opened === undefined ? null : (
        <OpenedDialog {...{ opened, realm, onClose: close, onDone: giveOrDone }} />
      )}
    </PartView>
  );
}

function OpenedDialog({
  opened,
  realm,
  ...ways
}: {
  opened: Opened;
  realm: string;
  onClose: () => void;
  onDone: (given?: GivenPassword) => Promise<void>;
}) {
  switch (opened.doing) {
    case 'add':
      return <AddUser realm={realm} {...ways} />;
    case 'change':
      return <ChangeUser user={opened.user} {...ways} />;
    case 'password':
      return <UserPassword user={opened.user} {...ways} />;
    case 'give':
      return (
        <SecretDialog
          title={texts.secretTitle(opened.given.username)}
          what={texts.secret}
          secret={opened.given.password}
          onClose={ways.onClose}
        />
      );
    default:
      return <EndingDialog act={opened.doing} user={opened.user} {...ways} />;
  }
}

/** The first pages of a list as one, so that it can be read anew as far as it was shown. */
async function readPages(
  realm: string,
  prefix: string,
  pages: number,
  options: CallOptions,
): Promise<{ users: User[]; hasMore: boolean }> {
  const users: User[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < pages; page++) {
    const input = {
      realm,
      limit: pageSize,
      ...(prefix === '' ? {} : { prefix }),
      ...(cursor === undefined ? {} : { cursor }),
    };
    const answer = await call('users.list', input, options);
    users.push(...answer.users);
    cursor = answer.nextCursor;
    if (cursor === undefined) break;
  }
  return { users, hasMore: cursor !== undefined };
}

function UserMenu({
  user,
  onOpen,
  onEnable,
}: {
  user: User;
  onOpen: (opened: Opened) => void;
  onEnable: () => void;
}) {
  const items = [
    { label: general.change, onSelect: () => onOpen({ doing: 'change', user }) },
    { label: texts.setPassword, onSelect: () => onOpen({ doing: 'password', user }) },
    ...(user.hasTotp
      ? [{ label: texts.removeFactor, onSelect: () => onOpen({ doing: 'factor', user }) }]
      : []),
    ...(user.enabled
      ? [{ label: texts.disable, danger: true, onSelect: () => onOpen({ doing: 'disable', user }) }]
      : [{ label: texts.enable, onSelect: onEnable }]),
    { label: general.remove, danger: true, onSelect: () => onOpen({ doing: 'remove', user }) },
  ];
  return <Menu label={general.actions(user.username)} icon="more" items={items} />;
}
