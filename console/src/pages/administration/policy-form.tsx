import { useState } from 'preact/hooks';
import { call, type Outputs } from '../../api.ts';
import { Field } from '../../components/field.tsx';
import { toast } from '../../components/toast.tsx';
import { me } from '../../me.ts';
import { strings } from '../../strings.ts';
import { type ErrorOf, FormDialog } from './form-dialog.tsx';
import { ChoiceField, RealmField } from './form-fields.tsx';
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
  const { default: everywhere, ...bounded } = texts.scopes;
  const kinds: Partial<Record<ScopeKind, string>> =
    border === null ? { default: everywhere, ...bounded } : bounded;
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
              <ChoiceField
                label={texts.scope}
                hint={texts.scopeHint}
                value={kind}
                choices={kinds}
                onChange={setKind}
              />
              {kind === 'default' ? null : (
                <RealmField
                  value={realm}
                  onChange={setRealm}
                  errorOf={(path) => errorOf(`scope.${path}`) ?? errorOf(path)}
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
  return (
    <>
      <TimeFields
        name="idleTimeoutMs"
        value={entry.idle}
        errorOf={errorOf}
        onChange={(idle) => onChange({ ...entry, idle })}
      />
      <TimeFields
        name="lifespanMs"
        value={entry.lifespan}
        errorOf={errorOf}
        onChange={(lifespan) => onChange({ ...entry, lifespan })}
      />
      <LimitFields
        value={entry.limit}
        errorOf={errorOf}
        onChange={(limit) => onChange({ ...entry, limit })}
      />
    </>
  );
}

interface LimitProps<Entry> {
  readonly value: Entry;
  readonly errorOf: ErrorOf;
  readonly onChange: (value: Entry) => void;
}

/** A limit in time; its amount is asked for where there is one. */
function TimeFields({
  name,
  value,
  errorOf,
  onChange,
}: LimitProps<TimeEntry> & { name: 'idleTimeoutMs' | 'lifespanMs' }) {
  const label = texts.limits[name];
  const change = (changes: Partial<TimeEntry>): void => onChange({ ...value, ...changes });
  return (
    <fieldset class="form-row" aria-label={label}>
      <ChoiceField
        label={label}
        value={value.mode}
        choices={{ unsaid: texts.unsaid, noLimit: texts.noLimit, after: texts.after }}
        onChange={(mode) => change({ mode })}
      />
      {value.mode === 'after' ? (
        <>
          <Field
            label={texts.amount}
            type="number"
            min={0}
            value={value.amount}
            error={errorOf(`rule.${name}`)}
            onInput={(amount) => change({ amount })}
          />
          <ChoiceField
            label={texts.unit}
            value={value.unit}
            choices={texts.units}
            onChange={(unit) => change({ unit })}
          />
        </>
      ) : null}
    </fieldset>
  );
}

/** A limit of sessions; how many, of whom and what happens then is asked for where there is one. */
function LimitFields({ value, errorOf, onChange }: LimitProps<LimitEntry>) {
  const label = texts.limits.sessionLimit;
  const change = (changes: Partial<LimitEntry>): void => onChange({ ...value, ...changes });
  return (
    <fieldset class="form-row" aria-label={label}>
      <ChoiceField
        label={label}
        value={value.mode}
        choices={texts.sessionLimits}
        onChange={(mode) => change({ mode })}
      />
      {value.mode === 'limited' ? (
        <>
          <Field
            label={texts.max}
            type="number"
            min={1}
            value={value.max}
            error={errorOf('rule.sessionLimit')}
            onInput={(max) => change({ max })}
          />
          <ChoiceField
            label={texts.exceeded}
            value={value.exceeded}
            choices={texts.exceededChoices}
            onChange={(exceeded) => change({ exceeded })}
          />
          <ChoiceField
            label={texts.per}
            value={value.per}
            choices={texts.perChoices}
            onChange={(per) => change({ per })}
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
