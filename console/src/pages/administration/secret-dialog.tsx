import { useLayoutEffect, useState } from 'preact/hooks';
import { Button } from '../../components/button.tsx';
import { Copy } from '../../components/copy.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { strings } from '../../strings.ts';

const texts = strings.administration;

export interface SecretDialogProps {
  readonly title: string;
  /** What it is, such as `password`. */
  readonly what: string;
  readonly secret: string;
  /** How it is used. */
  readonly use?: string;
  readonly onClose: () => void;
}

/** Shows a secret that the API gives once. Until it is copied only its button closes it, for then it is gone. */
export function SecretDialog({ title, what, secret, use, onClose }: SecretDialogProps) {
  const [isCopied, setCopied] = useState(false);
  const [isWarned, setWarned] = useState(false);
  const leave = (): void => {
    if (isCopied) onClose();
    else setWarned(true);
  };
  // At once, so that what the keys do is never other than what is shown.
  useLayoutEffect(() => {
    if (isCopied) return undefined;
    // A browser lets a dialog refuse to be closed once, and closes it at the second Escape; the key itself may be refused.
    const hold = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      setWarned(true);
    };
    addEventListener('keydown', hold, { capture: true });
    return () => removeEventListener('keydown', hold, { capture: true });
  }, [isCopied]);
  return (
    <Dialog
      title={title}
      onClose={leave}
      closesBeside={false}
      footer={
        <Button kind="primary" onClick={onClose}>
          {texts.done}
        </Button>
      }
    >
      <p>{texts.secretHint}</p>
      <p class="secret">
        {/* Whoever selects it and copies has it as well. */}
        <code onCopy={() => setCopied(true)}>{secret}</code>
        <Copy text={secret} what={texts.secretOf(what)} onCopied={() => setCopied(true)} />
      </p>
      {isWarned && !isCopied ? (
        <p class="field-error" role="alert">
          {texts.secretNotCopied(what)}
        </p>
      ) : null}
      {use === undefined ? null : <p class="quiet">{use}</p>}
    </Dialog>
  );
}
