import { useState } from 'preact/hooks';
import { call, type Outputs } from '../../api.ts';
import { Field } from '../../components/field.tsx';
import { Select } from '../../components/select.tsx';
import { toast } from '../../components/toast.tsx';
import { me } from '../../me.ts';
import { strings } from '../../strings.ts';
import { type ErrorOf, FormDialog } from './form-dialog.tsx';
import { PolicyChanges } from './policy-changes.tsx';
import {
  type LimitEntry,
  type PlacedRule,
  type RuleEntry,
  ruleEntry,
  ruleOf,
  type Scope,
  type ScopeKind,
  scopeText,
  type TimeEntry,
  timeEntry,
  type Unit,
} from './policy-values.ts';

const texts = strings.policy;
const general = strings.administration;

export interface PolicyFormProps {
  readonly presets: Outputs['policy.list']['presets'];
  /** The rule that is changed; undefined for a new one. */
  readonly placed: PlacedRule | undefined;
  readonly onClose: () => void;
  readonly onDone: () => Promise<void>;
}

/** Sets a rule, after showing what it would change. */
export function PolicyForm({ presets, placed, onClose, onDone }: PolicyFormProps) {
  const border = me.value?.realm ?? null;
  const [kind, setKind] = useState<ScopeKind>(border === null ? 'default' : 'realm');
  const [realm, setRealm] = useState(border ?? 'default');
  const [type, setType] = useState('');
  const [name, setName] = useState('');
  const [username, setUsername] = useState('');
  const [entry, setEntry] = useState<RuleEntry>(ruleEntry(placed?.rule ?? {}));
  const entered = {
    default: {},
    realm: { realm },
    provider: { realm, type, name },
    user: { realm, username },
  };
  const scope = placed?.scope ?? ({ kind, ...entered[kind] } as Scope);
  const rule = ruleOf(entry);
  const save = async (): Promise<void> => {
    await call('policy.set', { scope, rule });
    toast(texts.saved(scopeText(scope)));
    await onDone();
  };
  const kinds = (Object.keys(texts.scopes) as ScopeKind[]).filter(
    (one) => border === null || one !== 'default',
  );
  return (
    <FormDialog
      title={placed === undefined ? texts.add : texts.changeTitle(scopeText(scope))}
      submit={general.save}
      shape="wide"
      onSubmit={save}
      onClose={onClose}
    >
      {(errorOf) => (
        <>
          {placed === undefined ? (
            <div class="form-row">
              <Select
                label={texts.scope}
                hint={texts.scopeHint}
                value={kind}
                options={kinds.map((value) => ({ value, label: texts.scopes[value] }))}
                onChange={(value) => setKind(value as ScopeKind)}
              />
              {kind === 'default' || border !== null ? null : (
                <Field
                  label={general.realm}
                  value={realm}
                  error={errorOf('scope.realm') ?? errorOf('realm')}
                  onInput={setRealm}
                />
              )}
              {kind === 'provider' ? (
                <>
                  <Field
                    label={texts.providerType}
                    value={type}
                    error={errorOf('scope.type')}
                    onInput={setType}
                  />
                  <Field
                    label={texts.providerName}
                    value={name}
                    error={errorOf('scope.name')}
                    onInput={setName}
                  />
                </>
              ) : null}
              {kind === 'user' ? (
                <Field
                  label={texts.username}
                  value={username}
                  error={errorOf('scope.username')}
                  onInput={setUsername}
                />
              ) : null}
            </div>
          ) : null}
          <Presets presets={presets} entry={entry} onChange={setEntry} />
          <RuleFields entry={entry} onChange={setEntry} errorOf={errorOf} />
          <PolicyChanges input={{ scope, rule }} />
        </>
      )}
    </FormDialog>
  );
}

interface EntryProps {
  readonly entry: RuleEntry;
  readonly onChange: (entry: RuleEntry) => void;
}

function Presets({ presets, entry, onChange }: EntryProps & Pick<PolicyFormProps, 'presets'>) {
  return (
    <fieldset class="form-group">
      <legend>{texts.presets}</legend>
      <div class="presets">
        {Object.entries(presets).map(([name, rule]) => {
          const idle = timeEntry(rule.idleTimeoutMs);
          const lifespan = timeEntry(rule.lifespanMs);
          return (
            <button
              key={name}
              type="button"
              class="preset"
              aria-pressed={isSame(entry.idle, idle) && isSame(entry.lifespan, lifespan)}
              onClick={() => onChange({ ...entry, idle, lifespan })}
            >
              <strong>{name}</strong>
              <span>{texts.presetHints[name]}</span>
            </button>
          );
        })}
      </div>
    </fieldset>
  );
}

function RuleFields({ entry, onChange, errorOf }: EntryProps & { errorOf: ErrorOf }) {
  const { idle, lifespan, limit } = entry;
  return (
    <>
      <TimeFields
        label={texts.limits.idleTimeoutMs}
        value={idle}
        error={errorOf('rule.idleTimeoutMs')}
        onChange={(value) => onChange({ ...entry, idle: value })}
      />
      <TimeFields
        label={texts.limits.lifespanMs}
        value={lifespan}
        error={errorOf('rule.lifespanMs')}
        onChange={(value) => onChange({ ...entry, lifespan: value })}
      />
      <LimitFields
        value={limit}
        error={errorOf('rule.sessionLimit')}
        onChange={(value) => onChange({ ...entry, limit: value })}
      />
    </>
  );
}

interface EntryFieldsProps<Entry> {
  readonly value: Entry;
  readonly error: string | undefined;
  readonly onChange: (value: Entry) => void;
}

function TimeFields({ label, value, error, onChange }: EntryFieldsProps<TimeEntry> & { label: string }) {
  const { mode, amount, unit } = value;
  const modes = { unsaid: texts.unsaid, noLimit: texts.noLimit, after: texts.after };
  return (
    <fieldset class="form-row" aria-label={label}>
      <Select
        label={label}
        value={mode}
        options={Object.entries(modes).map(([one, text]) => ({ value: one, label: text }))}
        onChange={(chosen) => onChange({ ...value, mode: chosen as TimeEntry['mode'] })}
      />
      {mode === 'after' ? (
        <>
          <Field
            label={texts.amount}
            type="number"
            min={0}
            value={amount}
            error={error}
            onInput={(text) => onChange({ ...value, amount: text })}
          />
          <Select
            label={texts.unit}
            value={unit}
            options={Object.entries(texts.units).map(([one, text]) => ({ value: one, label: text }))}
            onChange={(chosen) => onChange({ ...value, unit: chosen as Unit })}
          />
        </>
      ) : null}
    </fieldset>
  );
}

function LimitFields({ value, error, onChange }: EntryFieldsProps<LimitEntry>) {
  const { mode, max, exceeded, per } = value;
  const optionsOf = (choices: Readonly<Record<string, string>>) =>
    Object.entries(choices).map(([one, text]) => ({ value: one, label: text }));
  return (
    <fieldset class="form-row" aria-label={texts.limits.sessionLimit}>
      <Select
        label={texts.limits.sessionLimit}
        value={mode}
        options={optionsOf(texts.sessionLimits)}
        onChange={(chosen) => onChange({ ...value, mode: chosen as LimitEntry['mode'] })}
      />
      {mode === 'limited' ? (
        <>
          <Field
            label={texts.max}
            type="number"
            min={1}
            value={max}
            error={error}
            onInput={(text) => onChange({ ...value, max: text })}
          />
          <Select
            label={texts.exceeded}
            value={exceeded}
            options={optionsOf(texts.exceededChoices)}
            onChange={(chosen) => onChange({ ...value, exceeded: chosen as LimitEntry['exceeded'] })}
          />
          <Select
            label={texts.per}
            value={per}
            options={optionsOf(texts.perChoices)}
            onChange={(chosen) => onChange({ ...value, per: chosen as LimitEntry['per'] })}
          />
        </>
      ) : null}
    </fieldset>
  );
}

function isSame(a: TimeEntry, b: TimeEntry): boolean {
  if (a.mode !== 'after' || b.mode !== 'after') return a.mode === b.mode;
  return a.amount === b.amount && a.unit === b.unit;
}
