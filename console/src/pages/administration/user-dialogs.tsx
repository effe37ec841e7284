import { useState } from 'preact/hooks';
import { call } from '../../api.ts';
import { Checkbox } from '../../components/field.tsx';
import { toast } from '../../components/toast.tsx';
import { formatCount } from '../../format.ts';
import { strings } from '../../strings.ts';
import { type ErrorOf, FormDialog } from './form-dialog.tsx';
import { NewPasswordField, UsernameField } from './form-fields.tsx';
import { GroupsField, groupsOf } from './groups-field.tsx';
import { EndChoice, EndsText } from './live-count.tsx';
import type { GivenPassword, User } from './users.tsx';

const texts = strings.users;
const general = strings.administration;

interface DialogProps {
  readonly onClose: () => void;
  /** With the password that was made, where one was. */
  readonly onDone: (password?: GivenPassword) => Promise<void>;
}

interface OfUser extends DialogProps {
  readonly user: User;
}

/** What ends their sessions. */
export type EndingAct = 'disable' | 'factor' | 'remove';

function sessionsOf({ realm, username }: User) {
  return { realm, username, provider: { type: 'basic' } };
}

export function AddUser({ realm, onClose, onDone }: DialogProps & { realm: string }) {
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [mustChangePassword, setMustChange] = useState(true);
  const [groups, setGroups] = useState<readonly string[]>([]);
  const add = async (): Promise<void> => {
    const made = await call('users.create', {
      username,
      realm,
      mustChangePassword,
      accessGroups: groupsOf(groups),
      ...(password === '' ? {} : { password }),
    });
    toast(texts.made(username));
    await onDone(made.password === undefined ? undefined : { username, password: made.password });
  };
  return (
    <FormDialog title={texts.add} submit={general.add} conflictAt="username" onSubmit={add} onClose={onClose}>
      {(errorOf) => (
        <>
          <UsernameField value={username} onChange={setUsername} errorOf={errorOf} />
          <PasswordFields {...{ password, setPassword, mustChangePassword, setMustChange, errorOf }} />
          <GroupsField value={groups} onChange={setGroups} errorOf={errorOf} />
        </>
      )}
    </FormDialog>
  );
}

export function ChangeUser({ user, onClose, onDone }: OfUser) {
  const [groups, setGroups] = useState<readonly string[]>(user.accessGroups);
  const { realm, username } = user;
  const change = async (): Promise<void> => {
    await call('users.update', { realm, username, accessGroups: groupsOf(groups) });
    await onDone();
  };
  return (
    <FormDialog title={texts.changeTitle(username)} submit={general.save} onSubmit={change} onClose={onClose}>
      {(errorOf) => (
        <>
          <p class="quiet">{texts.changeHint}</p>
          <GroupsField value={groups} onChange={setGroups} errorOf={errorOf} />
        </>
      )}
    </FormDialog>
  );
}

export function UserPassword({ user, onClose, onDone }: OfUser) {
  const { realm, username } = user;
  const [password, setPassword] = useState('');
  const [mustChangePassword, setMustChange] = useState(true);
  const [endSessions, setEnd] = useState(true);
  const set = async (): Promise<void> => {
    const set = await call('users.password', {
      realm,
      username,
      mustChangePassword,
      endSessions,
      ...(password === '' ? {} : { password }),
    });
    toast(`${texts.passwordSet(username)} ${general.ended(formatCount(set.terminated))}`);
    await onDone(set.password === undefined ? undefined : { username, password: set.password });
  };
  return (
    <FormDialog title={texts.passwordTitle(username)} submit={general.save} onSubmit={set} onClose={onClose}>
      {(errorOf) => (
        <>
          <PasswordFields {...{ password, setPassword, mustChangePassword, setMustChange, errorOf }} />
          <EndChoice which={sessionsOf(user)} checked={endSessions} onChange={setEnd} />
        </>
      )}
    </FormDialog>
  );
}

function PasswordFields({
  password,
  setPassword,
  mustChangePassword,
  setMustChange,
  errorOf,
}: {
  password: string;
  setPassword: (password: string) => void;
  mustChangePassword: boolean;
  setMustChange: (mustChange: boolean) => void;
  errorOf: ErrorOf;
}) {
  return (
    <>
      <NewPasswordField hint={texts.passwordHint} value={password} onChange={setPassword} errorOf={errorOf} />
      <Checkbox label={texts.mustChangePassword} checked={mustChangePassword} onChange={setMustChange} />
    </>
  );
}

/** Asks before something that ends sessions, and says how many. */
export function EndingDialog({ act, user, onClose, onDone }: OfUser & { act: EndingAct }) {
  const { realm, username } = user;
  const [endSessions, setEnd] = useState(true);
  const which = sessionsOf(user);
  const words = {
    disable: {
      title: texts.disableTitle,
      text: texts.disableText,
      submit: texts.disable,
      done: texts.disabledDone,
    },
    factor: {
      title: texts.factorTitle,
      text: texts.factorText,
      submit: texts.removeFactor,
      done: texts.factorRemoved,
    },
    remove: { title: texts.removeTitle, text: texts.removeText, submit: general.remove, done: texts.removed },
  }[act];
  const run = async (): Promise<void> => {
    const { terminated } =
      act === 'disable'
        ? await call('users.disable', { realm, username })
        : act === 'remove'
          ? await call('users.delete', { realm, username })
          : await call('users.removeFactor', { realm, username, endSessions });
    toast(`${words.done(username)} ${general.ended(formatCount(terminated))}`);
    await onDone();
  };
  return (
    <FormDialog
      title={words.title(username)}
      submit={words.submit}
      kind={act === 'factor' && !endSessions ? 'primary' : 'danger'}
      onSubmit={run}
      onClose={onClose}
    >
      {() => (
        <>
          <p>{words.text}</p>
          {act === 'factor' ? (
            <EndChoice which={which} checked={endSessions} onChange={setEnd} />
          ) : (
            <EndsText which={which} />
          )}
        </>
      )}
    </FormDialog>
  );
}
