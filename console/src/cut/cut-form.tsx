import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../components/button.tsx';
import { Field } from '../components/field.tsx';
import { strings } from '../strings.ts';
import type { Preview } from './cut-dialog.tsx';

const texts = strings.cut;

/** More sessions than this are not ended by a slip. */
const largeCut = 100;

/** What the API takes, in UTF-16 units as a field counts them too. */
const mostReason = 1000;

interface CutFormProps {
  readonly preview: Preview;
  readonly isBusy: boolean;
  readonly onCut: (reason: string) => void;
  readonly children: ComponentChildren;
}

/** Asks why, and where much hangs on it for the number too. */
export function CutForm({ preview, isBusy, onCut, children }: CutFormProps) {
  const { count } = preview;
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  // The number for which the person pressed the button: what they left out is said, until it is another number.
  const [tried, setTried] = useState<number | undefined>(undefined);
  const form = useRef<HTMLFormElement>(null);
  const first = useRef<HTMLInputElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  // The dialog has opened before it was known what it would end.
  useLayoutEffect(() => first.current?.focus(), []);
  const doubt = doubtOf(preview);
  const lacksReason = reason.trim() === '';
  const lacksNumber = doubt !== undefined && typed.replaceAll(/[\s.,']/g, '') !== String(count);

  const reasonError =
    reason.length >= mostReason
      ? texts.reasonFull(mostReason)
      : tried === count && lacksReason
        ? texts.reasonMissing
        : undefined;

  const submit = (event: Event): void => {
    event.preventDefault();
    if (isBusy) return;
    setTried(count);
    if (!lacksReason && !lacksNumber) onCut(reason.trim());
    else form.current?.querySelector<HTMLElement>(lacksReason ? '[name=reason]' : '[name=number]')?.focus();
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.isComposing) return;
    const isReason = event.target === first.current;
    // Whoever writes a reason and presses Enter is done with the reason, and not yet decided; a key that is held decides
    // nothing either.
    if (isReason && !lacksReason && !lacksNumber) button.current?.focus();
    else if (!event.repeat) return;
    event.preventDefault();
  };

  return (
    <form class="cut-form" ref={form} onSubmit={submit} onKeyDown={onKeyDown} noValidate>
      <Field
        label={texts.reason}
        name="reason"
        value={reason}
        onInput={setReason}
        hint={texts.reasonHint}
        required
        inputRef={first}
        maxLength={mostReason}
        error={reasonError}
      />
      {doubt === undefined ? null : (
        <Field
          label={texts.confirm(count)}
          name="number"
          value={typed}
          onInput={setTyped}
          hint={texts.confirmHint[doubt]}
          required
          error={tried === count && lacksNumber ? texts.confirmMissing(count) : undefined}
        />
      )}
      <div class="cut-buttons">
        {children}
        <Button type="submit" kind="danger" icon="end" busy={isBusy} buttonRef={button}>
          {texts.end(count)}
        </Button>
      </div>
    </form>
  );
}

/** Why a cut has to be confirmed by its number. */
function doubtOf({
  count,
  hitsOwnSession,
  administrators,
}: Preview): 'large' | 'administrators' | 'own' | undefined {
  if (hitsOwnSession) return 'own';
  if (administrators.length > 0) return 'administrators';
  return count > largeCut ? 'large' : undefined;
}
