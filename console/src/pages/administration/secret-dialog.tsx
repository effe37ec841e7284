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

/** Shows a secret that the API gives once. */
export function SecretDialog({ title, what, secret, use, onClose }: SecretDialogProps) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      closesBeside={false}
      footer={
        <Button kind="primary" onClick={onClose}>
          {texts.done}
        </Button>
      }
    >
      <p>{texts.secretHint}</p>
      <p class="secret">
        <code>{secret}</code>
        <Copy text={secret} what={texts.secretOf(what)} />
      </p>
      {use === undefined ? null : <p class="quiet">{use}</p>}
    </Dialog>
  );
}
