import { strings } from '../strings.ts';
import { Button } from './button.tsx';
import { toast } from './toast.tsx';

export interface CopyProps {
  readonly text: string;
  /** What it is, for those who hear: `the id`. */
  readonly what: string;
  /** Called when it is in the clipboard. */
  readonly onCopied?: () => void;
}

/** A button that puts a text into the clipboard. */
export function Copy({ text, what, onCopied }: CopyProps) {
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      toast(strings.components.copied);
      onCopied?.();
    } catch {
      // Browsers offer the clipboard only to places that they hold for safe.
      toast(strings.components.notCopied, { kind: 'failed' });
    }
  };
  return (
    <Button
      kind="quiet"
      size="small"
      icon="copy"
      label={strings.components.copyOf(what)}
      onClick={() => void copy()}
    />
  );
}
