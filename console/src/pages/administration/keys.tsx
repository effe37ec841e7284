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
import { useLoaded } from './loaded.ts';
import { PartTable, PartView } from './part-view.tsx';
import { SecretDialog } from './secret-dialog.tsx';

type Key = Outputs['keys.list']['keys'][number];
type Scope = Inputs['keys.create']['scopes'][number];
type Made = Outputs['keys.create'];

const texts = strings.keys;
const general = strings.administration;

/** The keys by which applications call. */
export function Keys() {
  const loaded = useLoaded(async (options) => (await call('keys.list', {}, options)).keys, ['key.']);
  const [isAdding, setAdding] = useState(false);
  const [made, setMade] = useState<Made | undefined>(undefined);
  const [revoking, setRevoking] = useState<Key | undefined>(undefined);
  const mayWrite = may('keys.write');
  return (
    <PartView
      title={texts.title}
      lead={texts.lead}
      add={mayWrite ? texts.add : undefined}
      onAdd={() => setAdding(true)}
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
                  <Button size="small" label={`${texts.revoke} ${key.name}`} onClick={() => setRevoking(key)}>
                    {texts.revoke}
                  </Button>
                ) : null}
              </td>
            </tr>
          ))}
        </PartTable>
      )}
      {isAdding ? (
        <AddKey
          onClose={() => setAdding(false)}
          onMade={async (answer) => {
            setAdding(false);
            setMade(answer);
            await loaded.reload();
          }}
        />
      ) : null}
      {made === undefined ? null : (
        <SecretDialog
          title={texts.secretTitle(made.key.name)}
          what={texts.secret}
          secret={made.secret}
          use={texts.secretUse}
          onClose={() => setMade(undefined)}
        />
      )}
      {revoking === undefined ? null : (
        <FormDialog
          title={texts.revokeTitle(revoking.name)}
          submit={texts.revoke}
          onClose={() => setRevoking(undefined)}
          onSubmit={async () => {
            await call('keys.delete', { id: revoking.id });
            setRevoking(undefined);
            toast(texts.revoked(revoking.name));
            await loaded.reload();
          }}
        >
          {() => <p>{texts.revokeText}</p>}
        </FormDialog>
      )}
    </PartView>
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
            {me.value?.realm === null ? (
              <Field
                label={general.realm}
                hint={general.realmHint}
                value={realm}
                error={errorOf('realm')}
                onInput={setRealm}
              />
            ) : null}
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
