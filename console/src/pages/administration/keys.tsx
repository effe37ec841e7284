import { useState } from 'preact/hooks';
import { call, type Inputs, type Outputs } from '../../api.ts';
import { Button } from '../../components/button.tsx';
import { Chip } from '../../components/chip.tsx';
import { Empty } from '../../components/empty.tsx';
import { Checkbox, Field } from '../../components/field.tsx';
import { Name } from '../../components/name.tsx';
import { Time } from '../../components/time.tsx';
import { toast } from '../../components/toast.tsx';
import { may, me } from '../../me.ts';
import { strings } from '../../strings.ts';
import { FormDialog } from './form-dialog.tsx';
import { RealmField } from './form-fields.tsx';
import { useLoaded } from './loaded.ts';
import { useOpened } from './opened.ts';
import { PartTable, PartView } from './part-view.tsx';
import { SecretDialog } from './secret-dialog.tsx';

type Key = Outputs['keys.list']['keys'][number];
type Scope = Inputs['keys.create']['scopes'][number];
type Made = Outputs['keys.create'];

const texts = strings.keys;
const general = strings.administration;

type Opened =
  | { readonly doing: 'add' }
  | { readonly doing: 'give'; readonly made: Made }
  | { readonly doing: 'revoke'; readonly key: Key };

/** The keys by which applications call. */
export function Keys() {
  const loaded = useLoaded(async (options) => (await call('keys.list', {}, options)).keys, ['key.']);
  const { opened, open, close, done } = useOpened<Opened>(loaded.reload);
  const mayWrite = may('keys.write');
  return (
    <PartView
      title={texts.title}
      lead={texts.lead}
      add={mayWrite ? texts.add : undefined}
      onAdd={() => open({ doing: 'add' })}
      loaded={loaded}
    >
      {loaded.value?.length === 0 ? <Empty title={texts.none}>{texts.noneTeach}</Empty> : null}
      {loaded.value === undefined || loaded.value.length === 0 ? null : (
        <PartTable
          label={texts.title}
          columns={[texts.name, general.realm, texts.scopes, general.created, texts.by, texts.ends, '']}
        >
          {loaded.value.map((key) => (
            <tr key={key.id}>
              <th scope="row">
                <Name text={key.name} />
              </th>
              <td data-title={general.realm}>
                <Name text={key.realm} />
              </td>
              <td data-title={texts.scopes}>
                <span class="chips">
                  {key.scopes.map((scope) => (
                    <Chip key={scope}>{scope}</Chip>
                  ))}
                </span>
              </td>
              <td data-title={general.created}>
                <Time at={key.createdAt} />
              </td>
              <td data-title={texts.by}>
                <Name text={key.createdBy} />
              </td>
              <td data-title={texts.ends}>
                <Time at={key.expiresAt} />
              </td>
              <td class="end">
                {mayWrite ? (
                  <Button
                    size="small"
                    label={`${texts.revoke} ${key.name}`}
                    onClick={() => open({ doing: 'revoke', key })}
                  >
                    {texts.revoke}
                  </Button>
                ) : null}
              </td>
            </tr>
          ))}
        </PartTable>
      )}
      {opened?.doing === 'add' ? (
        <AddKey onClose={close} onMade={(made) => done({ doing: 'give', made })} />
      ) : null}
      {opened?.doing === 'give' ? (
        <SecretDialog
          title={texts.secretTitle(opened.made.key.name)}
          what={texts.secret}
          secret={opened.made.secret}
          use={texts.secretUse}
          onClose={close}
        />
      ) : null}
      {opened?.doing === 'revoke' ? <RevokeKey revoked={opened.key} onClose={close} onDone={done} /> : null}
    </PartView>
  );
}

function RevokeKey({
  revoked: { id, name },
  onClose,
  onDone,
}: {
  revoked: Key;
  onClose: () => void;
  onDone: () => Promise<void>;
}) {
  const revoke = async (): Promise<void> => {
    await call('keys.delete', { id });
    toast(texts.revoked(name));
    await onDone();
  };
  return (
    <FormDialog title={texts.revokeTitle(name)} submit={texts.revoke} onSubmit={revoke} onClose={onClose}>
      {() => <p>{texts.revokeText}</p>}
    </FormDialog>
  );
}

function AddKey({ onClose, onMade }: { onClose: () => void; onMade: (made: Made) => Promise<void> }) {
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly Scope[]>(['register', 'check']);
  const [realm, setRealm] = useState(me.value?.realm ?? 'default');
  const [ends, setEnds] = useState('');
  const add = async (): Promise<void> => {
    const made = await call('keys.create', {
      name,
      scopes: [...scopes],
      realm,
      // The field gives a time in the reader's zone.
      ...(ends === '' ? {} : { expiresAt: new Date(ends).toISOString() }),
    });
    await onMade(made);
  };
  return (
    <FormDialog title={texts.add} submit={texts.make} onSubmit={add} onClose={onClose}>
      {(errorOf) => {
        const scopesError = errorOf('scopes');
        return (
          <>
            <Field
              label={texts.name}
              hint={texts.nameHint}
              value={name}
              error={errorOf('name')}
              onInput={setName}
              autoFocus
            />
            <fieldset class="form-group">
              <legend>{texts.scopes}</legend>
              {(Object.keys(texts.scopeHints) as Scope[]).map((scope) => (
                <Checkbox
                  key={scope}
                  label={<code>{scope}</code>}
                  hint={texts.scopeHints[scope]}
                  checked={scopes.includes(scope)}
                  onChange={(isHeld) =>
                    setScopes(isHeld ? [...scopes, scope] : scopes.filter((one) => one !== scope))
                  }
                />
              ))}
              {scopesError === undefined ? null : (
                <p class="field-error" role="alert">
                  {scopesError}
                </p>
              )}
            </fieldset>
            <RealmField hint={general.realmHint} value={realm} onChange={setRealm} errorOf={errorOf} />
            <Field
              label={texts.ends}
              hint={texts.endsHint}
              type="datetime-local"
              value={ends}
              error={errorOf('expiresAt')}
              onInput={setEnds}
            />
          </>
        );
      }}
    </FormDialog>
  );
}
