import { useState } from 'preact/hooks';
import { call, type Inputs } from '../../api.ts';
import { Checkbox, Field } from '../../components/field.tsx';
import { toast } from '../../components/toast.tsx';
import { formatCount } from '../../format.ts';
import { me } from '../../me.ts';
import { strings } from '../../strings.ts';
import type { Admin } from './admins.tsx';
import { FormDialog } from './form-dialog.tsx';
import { ChoiceField, NewPasswordField, RealmField, UsernameField } from './form-fields.tsx';
import { GroupsField, groupsOf } from './groups-field.tsx';
import { EndsText } from './live-count.tsx';

const texts = strings.admins;
const general = strings.administration;

interface DialogProps {
  readonly onClose: () => void;
  readonly onDone: () => Promise<void>;
}

interface OfAdmin extends DialogProps {
  readonly admin: Admin;
}

type Method = NonNullable<Inputs['admins.create']['authMethod']>;

export function AddAdmin({ onClose, onDone }: DialogProps) {
  const [username, setUsername] = useState('');
  const [authMethod, setMethod] = useState<Method>('Cluster');
  const [password, setPassword] = useState('');
  const [groups, setGroups] = useState<readonly string[]>(['read']);
  const [realm, setRealm] = useState('');
  const add = async (): Promise<void> => {
    await call('admins.create', {
      username,
      authMethod,
      ...(authMethod === 'Cluster' ? { password } : {}),
      accessGroups: groupsOf(groups),
      ...(realm === '' ? {} : { realm }),
    });
    await onDone();
  };
  return (
    <FormDialog title={texts.add} submit={general.add} conflictAt="username" onSubmit={add} onClose={onClose}>
      {(errorOf) => (
        <>
          <UsernameField value={username} onChange={setUsername} errorOf={errorOf} />
          <ChoiceField<Method>
            label={texts.method}
            value={authMethod}
            choices={texts.methods}
            onChange={setMethod}
          />
          {authMethod === 'Cluster' ? (
            <NewPasswordField
              hint={texts.passwordHint}
              value={password}
              onChange={setPassword}
              errorOf={errorOf}
            />
          ) : null}
          <GroupsField value={groups} onChange={setGroups} errorOf={errorOf} />
          <RealmField hint={texts.realmHint} value={realm} onChange={setRealm} errorOf={errorOf} />
        </>
      )}
    </FormDialog>
  );
}

export function ChangeAdmin({ admin, onClose, onDone }: OfAdmin) {
  const [groups, setGroups] = useState<readonly string[]>(admin.accessGroups);
  const [realm, setRealm] = useState(admin.realm ?? '');
  const isFree = me.value?.realm === null;
  const change = async (): Promise<void> => {
    await call('admins.update', {
      id: admin.id,
      accessGroups: groupsOf(groups),
      ...(isFree ? { realm: realm === '' ? null : realm } : {}),
    });
    await onDone();
  };
  return (
    <FormDialog
      title={texts.changeTitle(admin.username)}
      submit={general.save}
      onSubmit={change}
      onClose={onClose}
    >
      {(errorOf) => (
        <>
          <p class="quiet">{texts.changeHint}</p>
          <GroupsField value={groups} onChange={setGroups} errorOf={errorOf} />
          <RealmField hint={texts.realmHint} value={realm} onChange={setRealm} errorOf={errorOf} />
        </>
      )}
    </FormDialog>
  );
}

export function AdminPassword({ admin, isOwn, onClose, onDone }: OfAdmin & { isOwn: boolean }) {
  const [password, setPassword] = useState('');
  const [currentPassword, setCurrent] = useState('');
  const [endSessions, setEnd] = useState(true);
  const set = async (): Promise<void> => {
    const { terminated } = await call('admins.password', {
      id: admin.id,
      password,
      endSessions,
      ...(isOwn ? { currentPassword } : {}),
    });
    const ended = endSessions ? ` ${general.ended(formatCount(terminated))}` : '';
    toast(texts.passwordSet(admin.username) + ended);
    await onDone();
  };
  return (
    <FormDialog
      title={texts.passwordTitle(admin.username)}
      submit={general.save}
      onSubmit={set}
      onClose={onClose}
    >
      {(errorOf) => (
        <>
          {isOwn ? (
            <Field
              label={texts.currentPassword}
              type="password"
              autoComplete="current-password"
              value={currentPassword}
              error={errorOf('currentPassword')}
              onInput={setCurrent}
            />
          ) : null}
          <NewPasswordField
            label={texts.newPassword}
            hint={texts.passwordHint}
            value={password}
            onChange={setPassword}
            errorOf={errorOf}
          />
          <Checkbox
            label={isOwn ? texts.endOwnSessions : texts.endSessions}
            checked={endSessions}
            onChange={setEnd}
          />
        </>
      )}
    </FormDialog>
  );
}

export function RemoveAdmin({ admin, onClose, onDone }: OfAdmin) {
  const remove = async (): Promise<void> => {
    const { terminated } = await call('admins.delete', { id: admin.id });
    toast(`${texts.removed(admin.username)} ${general.ended(formatCount(terminated))}`);
    await onDone();
  };
  return (
    <FormDialog
      title={texts.removeTitle(admin.username)}
      submit={general.remove}
      kind="danger"
      onSubmit={remove}
      onClose={onClose}
    >
      {() => (
        <>
          <p>{texts.removeText}</p>
          <EndsText which={{ adminId: admin.id }} />
        </>
      )}
    </FormDialog>
  );
}
