import { call, type Outputs } from '../../api.ts';
import { Chip } from '../../components/chip.tsx';
import { Menu } from '../../components/menu.tsx';
import { Name, Names } from '../../components/name.tsx';
import { Time } from '../../components/time.tsx';
import { may, me } from '../../me.ts';
import { strings } from '../../strings.ts';
import { AddAdmin, AdminPassword, ChangeAdmin, RemoveAdmin } from './admin-dialogs.tsx';
import { useLoaded } from './loaded.ts';
import { useOpened } from './opened.ts';
import { PartTable, PartView } from './part-view.tsx';

export type Admin = Outputs['admins.list']['admins'][number];

const texts = strings.admins;
const general = strings.administration;

type Opened =
  | { readonly doing: 'add' }
  | { readonly doing: 'change' | 'password' | 'remove'; readonly admin: Admin };

/** Who administers Curfew. */
export function Admins() {
  const loaded = useLoaded(
    async (options) => (await call('admins.list', {}, options)).admins,
    ['administrator.'],
  );
  const { opened, open, close, done } = useOpened<Opened>(loaded.reload);
  const mayWrite = may('admins.write');
  return (
    <PartView
      title={texts.title}
      lead={texts.lead}
      add={mayWrite ? texts.add : undefined}
      onAdd={() => open({ doing: 'add' })}
      loaded={loaded}
    >
      {loaded.value === undefined ? null : (
        <PartTable
          label={texts.title}
          columns={[texts.username, general.groups, general.realm, texts.method, general.created, '']}
        >
          {loaded.value.map((admin) => (
            <tr key={admin.id}>
              <th scope="row">
                <Name text={admin.username} />{' '}
                {isYourself(admin) ? <Chip tone="accent">{general.yourself}</Chip> : null}
              </th>
              <td data-title={general.groups}>
                <Names texts={admin.accessGroups} />
              </td>
              <td data-title={general.realm}>
                <Name text={admin.realm ?? general.everyRealm} />
              </td>
              <td data-title={texts.method}>{texts.methods[admin.authMethod]}</td>
              <td data-title={general.created}>
                <Time at={admin.createdAt} />
              </td>
              <td class="end">
                <AdminMenu admin={admin} mayWrite={mayWrite} onOpen={open} />
              </td>
            </tr>
          ))}
        </PartTable>
      )}
      {opened?.doing === 'add' ? <AddAdmin onClose={close} onDone={done} /> : null}
      {opened?.doing === 'change' ? <ChangeAdmin admin={opened.admin} onClose={close} onDone={done} /> : null}
      {opened?.doing === 'password' ? (
        <AdminPassword admin={opened.admin} isOwn={isYourself(opened.admin)} onClose={close} onDone={done} />
      ) : null}
      {opened?.doing === 'remove' ? <RemoveAdmin admin={opened.admin} onClose={close} onDone={done} /> : null}
    </PartView>
  );
}

function AdminMenu({
  admin,
  mayWrite,
  onOpen,
}: {
  admin: Admin;
  mayWrite: boolean;
  onOpen: (opened: Opened) => void;
}) {
  const hasPassword = admin.authMethod === 'Cluster';
  const items = [
    ...(mayWrite ? [{ label: general.change, onSelect: () => onOpen({ doing: 'change', admin }) }] : []),
    ...(hasPassword && (mayWrite || isYourself(admin))
      ? [{ label: texts.setPassword, onSelect: () => onOpen({ doing: 'password', admin }) }]
      : []),
    ...(mayWrite
      ? [{ label: general.remove, danger: true, onSelect: () => onOpen({ doing: 'remove', admin }) }]
      : []),
  ];
  return items.length === 0 ? null : (
    <Menu label={general.actions(admin.username)} icon="more" items={items} />
  );
}

function isYourself(admin: Admin): boolean {
  const person = me.value;
  return (
    person?.kind === 'administrator' && admin.authMethod === 'Cluster' && person.username === admin.username
  );
}
