import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type CurfewError, toError } from '../../api.ts';
import { Button } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { Icon } from '../../components/icon.tsx';
import { shown } from '../../components/name.tsx';
import { goBackTo, href, query } from '../../location.ts';
import { endedBecause, learnMe, me, meFailure } from '../../me.ts';
import { adopt, learnStanding, type Standing, signIn, stillOpen } from '../../session.ts';
import { strings } from '../../strings.ts';
import './sign-in.css';

const texts = strings.signIn;

/** The page for signing in: by name and password here, by what this browser has already, or by way of `/sign-in`. */
export default function SignIn() {
  const [standing, setStanding] = useState<Standing | undefined>(undefined);
  const [error, setError] = useState<CurfewError | undefined>(undefined);
  const [busy, setBusy] = useState<'password' | 'adopt' | undefined>(undefined);

  const enter = async (by: 'password' | 'adopt', act: () => Promise<void>): Promise<boolean> => {
    setBusy(by);
    setError(undefined);
    try {
      await act();
      await learnMe();
      if (me.value === undefined) throw meFailure.value ?? new Error('not signed in');
      goBackTo(query.value.get('return'));
      return true;
    } catch (thrown) {
      setError(toError(thrown));
      return false;
    } finally {
      setBusy(undefined);
    }
  };

  // Somebody may be signed in already, or sign in in another window.
  const isIn = me.value !== undefined && busy === undefined;
  useEffect(() => {
    if (isIn) goBackTo(query.value.get('return'));
  }, [isIn]);

  // Asked once, when the page is shown.
  useEffect(() => {
    document.title = strings.shell.title(texts.title);
    learnStanding()
      .then((found) => {
        setStanding(found);
        // Whoever has just come back from the page of the sign-in has said already as whom to go on.
        if (query.value.get('from') === 'sign-in' && found.continueAs !== undefined)
          void enter('adopt', adopt);
      })
      .catch((thrown: unknown) => setError(toError(thrown)));
  }, []);

  return (
    <main class="sign-in">
      <div class="sign-in-card">
        <p class="sign-in-brand">
          <Icon name="end" />
          {strings.shell.product}
        </p>
        <h1>{texts.title}</h1>
        <p class="sign-in-lead">{texts.lead}</p>
        <Reason />
        <StillOpen />
        {error === undefined ? null : (
          <p class="sign-in-error" role="alert">
            {messageOf(error)}
          </p>
        )}
        {standing?.continueAs === undefined ? null : (
          <div class="sign-in-continue">
            <Button kind="primary" busy={busy === 'adopt'} onClick={() => void enter('adopt', adopt)}>
              {texts.continueAs(shown(standing.continueAs.username))}
            </Button>
            <p class="field-hint">{texts.continueHint}</p>
            <p class="sign-in-or">{texts.or}</p>
          </div>
        )}
        <PasswordForm
          busy={busy === 'password'}
          isWrong={error?.code === 'unauthenticated'}
          onSubmit={(username, password) => enter('password', () => signIn(username, password))}
        />
        <Elsewhere providers={standing?.providers ?? []} />
      </div>
    </main>
  );
}

/** Why somebody has to sign in again. */
function Reason() {
  const reason = endedBecause.value;
  if (reason === undefined) return null;
  const text = texts.ended[reason as keyof typeof texts.ended] ?? texts.ended.unknown;
  return (
    <p class="sign-in-reason" role="status">
      {text}
    </p>
  );
}

/** What signing out did not end, and the way to end it too. */
function StillOpen() {
  const open = stillOpen.value;
  if (open === undefined) return null;
  const title = shown(open.title);
  return (
    <div class="sign-in-open" role="status">
      <p>{open.url === undefined ? texts.openWithoutEnd(title) : texts.open(title)}</p>
      {open.url === undefined ? null : (
        <a class="button" href={open.url} rel="noreferrer">
          {texts.endThere(title)}
        </a>
      )}
    </div>
  );
}

interface PasswordFormProps {
  readonly busy: boolean;
  readonly isWrong: boolean;
  /** Gives whether it led in. */
  readonly onSubmit: (username: string, password: string) => Promise<boolean>;
}

function PasswordForm({ busy, isWrong, onSubmit }: PasswordFormProps) {
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [isEmpty, setEmpty] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const focusOn = (name: string): void =>
    form.current?.querySelector<HTMLInputElement>(`[name=${name}]`)?.focus();
  // The attribute for it works once a document, and the page may be shown again within it.
  useLayoutEffect(() => focusOn('username'), []);
  const submit = async (): Promise<void> => {
    const missing = username === '' ? 'username' : password === '' ? 'password' : undefined;
    setEmpty(missing !== undefined);
    if (missing !== undefined) {
      focusOn(missing);
      return;
    }
    if (await onSubmit(username, password)) return;
    setPassword('');
    focusOn('password');
  };
  return (
    <form
      ref={form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) void submit();
      }}
    >
      <Field
        label={texts.username}
        name="username"
        autoComplete="username"
        value={username}
        onInput={setUsername}
        error={isEmpty && username === '' ? texts.empty : undefined}
      />
      <Field
        label={texts.password}
        name="password"
        type="password"
        autoComplete="current-password"
        value={password}
        onInput={setPassword}
        error={isEmpty && username !== '' && password === '' ? texts.empty : undefined}
        isInvalid={isWrong}
      />
      <Button kind="primary" type="submit" busy={busy}>
        {texts.submit}
      </Button>
    </form>
  );
}

/** The way over Curfew's own page, for users and for whoever comes by a provider. It leads back here. */
function Elsewhere({ providers }: { providers: readonly string[] }) {
  const wanted = query.value.get('return') ?? undefined;
  const back = href('/sign-in', { return: wanted, from: 'sign-in' });
  return (
    <p class="sign-in-elsewhere">
      <a href={`/sign-in?${new URLSearchParams({ return: back, again: '1' }).toString()}`}>
        {providers.length === 0 ? texts.elsewhere : texts.elsewhereBy(providers)}
      </a>
    </p>
  );
}

function messageOf({ code, message, details }: CurfewError): string {
  const seconds = details.retryAfterSeconds;
  const isWait = code === 'locked_out' || code === 'rate_limited';
  return isWait && seconds !== undefined ? `${message} ${texts.wait(Math.ceil(seconds))}` : message;
}
