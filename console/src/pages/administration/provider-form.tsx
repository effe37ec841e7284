import { useState } from 'preact/hooks';
import { call } from '../../api.ts';
import { Checkbox, Field } from '../../components/field.tsx';
import { Select } from '../../components/select.tsx';
import { toast } from '../../components/toast.tsx';
import { formatCount } from '../../format.ts';
import { me } from '../../me.ts';
import { strings } from '../../strings.ts';
import { FormDialog } from './form-dialog.tsx';
import { RealmField } from './form-fields.tsx';
import { useLiveCount } from './live-count.tsx';
import { SecretFields, SettingFields } from './provider-fields.tsx';
import { givenOf, type Provider, type ProviderType, textOf } from './provider-values.ts';

const texts = strings.providers;
const general = strings.administration;

export interface ProviderFormProps {
  readonly types: readonly ProviderType[];
  /** The one that is changed; undefined for a new one. */
  readonly provider: Provider | undefined;
  readonly onClose: () => void;
  readonly onDone: () => Promise<void>;
}

/** Adds a provider, or changes one. */
export function ProviderForm({ types, provider, onClose, onDone }: ProviderFormProps) {
  const [typeName, setType] = useState<Provider['type']>(provider?.type ?? 'ldap');
  const [name, setName] = useState('');
  const [realm, setRealm] = useState(me.value?.realm ?? 'default');
  const [title, setTitle] = useState(provider?.title ?? '');
  const [order, setOrder] = useState(provider === undefined ? '' : String(provider.order));
  const [endSessions, setEnd] = useState(false);
  const type = types.find((one) => one.type === typeName) as ProviderType;
  const [values, setValues] = useState<Readonly<Record<string, string>>>(() => valuesOf(type, provider));
  const [secrets, setSecrets] = useState<Readonly<Record<string, string | null>>>({});
  const common = {
    ...(title === '' ? {} : { title }),
    ...(order === '' ? {} : { order: Number(order) }),
    settings: settingsOf(type, values),
  };
  const given = Object.entries(secrets).filter(([, value]) => value !== '');
  const add = async (): Promise<void> => {
    const made = given.filter((one): one is [string, string] => one[1] !== null);
    await call('providers.create', {
      type: typeName,
      name,
      realm,
      ...common,
      secrets: Object.fromEntries(made),
    });
    toast(texts.added(name));
    await onDone();
  };
  const change = async ({ id }: Provider): Promise<void> => {
    const changed = await call('providers.update', {
      id,
      ...common,
      ...(given.length === 0 ? {} : { secrets: Object.fromEntries(given) }),
      endSessions,
    });
    const { configVersion } = changed.provider;
    const ended = endSessions ? ` ${general.ended(formatCount(changed.terminated))}` : '';
    toast(texts.changed(changed.provider.name, formatCount(configVersion)) + ended);
    await onDone();
  };
  return (
    <FormDialog
      title={provider === undefined ? texts.add : texts.changeTitle(provider.name)}
      submit={provider === undefined ? general.add : general.save}
      kind={endSessions ? 'danger' : 'primary'}
      shape="wide"
      conflictAt="name"
      onSubmit={() => (provider === undefined ? add() : change(provider))}
      onClose={onClose}
    >
      {(errorOf) => (
        <>
          {provider === undefined ? (
            <div class="form-row">
              <Select
                label={texts.type}
                value={typeName}
                hint={type.summary}
                options={types.map((one) => ({ value: one.type, label: texts.types[one.type] }))}
                onChange={(value) => {
                  setType(value as Provider['type']);
                  setValues({});
                  setSecrets({});
                }}
              />
              <Field
                label={texts.name}
                hint={texts.nameHint}
                value={name}
                error={errorOf('name')}
                onInput={setName}
              />
              <RealmField value={realm} onChange={setRealm} errorOf={errorOf} />
            </div>
          ) : null}
          <div class="form-row">
            <Field
              label={texts.heading}
              hint={texts.headingHint}
              value={title}
              error={errorOf('title')}
              onInput={setTitle}
            />
            <Field
              label={texts.order}
              hint={texts.orderHint}
              type="number"
              min={0}
              value={order}
              error={errorOf('order')}
              onInput={setOrder}
            />
          </div>
          <SettingFields
            key={typeName}
            type={type}
            values={values}
            errorOf={errorOf}
            onChange={(setting, text) => setValues((before) => ({ ...before, [setting]: text }))}
          />
          <SecretFields
            type={type}
            kept={provider?.secrets ?? []}
            values={secrets}
            errorOf={errorOf}
            onChange={(secret, value) => setSecrets((before) => ({ ...before, [secret]: value }))}
          />
          {provider === undefined ? null : (
            <FormerSessions provider={provider} checked={endSessions} onChange={setEnd} />
          )}
        </>
      )}
    </FormDialog>
  );
}

/** Offers to end what the configuration let in that is about to be replaced. */
function FormerSessions({
  provider: { realm, type, name },
  checked,
  onChange,
}: {
  provider: Provider;
  checked: boolean;
  onChange: (checked: boolean) => void;
}) {
  const count = useLiveCount({ realm, provider: { type, name } });
  const label = count === undefined ? texts.endFormerUnknown : texts.endFormer(formatCount(count));
  return <Checkbox label={label} checked={checked} onChange={onChange} />;
}

function valuesOf(type: ProviderType, provider: Provider | undefined): Record<string, string> {
  return Object.fromEntries(
    type.settings.map((setting) => [setting.name, textOf(setting, provider?.settings[setting.name])]),
  );
}

function settingsOf(type: ProviderType, values: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    type.settings
      .map((setting) => [setting.name, givenOf(setting, values[setting.name] ?? '')] as const)
      .filter(([, value]) => value !== undefined),
  );
}
