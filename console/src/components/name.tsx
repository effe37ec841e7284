import { visible } from '../../../src/core/visible.ts';
import './name.css';

/** From this many letters on the text is clamped, and stands whole in the title. */
const longFrom = 80;
/** Where a line is all the room there is, names of so many letters may be cut; whoever hears them hears all. */
const cutFrom = 12;

export interface NameProps {
  /** A text that came from elsewhere: a user, a realm, an application, a reason, a user agent. */
  readonly text: string;
  /** Shows the whole of it, however long. */
  readonly whole?: boolean;
}

/**
 * A text that came from elsewhere, so that it reads as what it is: invisible characters and those that turn the
 * direction of writing as escapes, blanks at its edges within quotation marks, and apart from the text around it.
 * Copying gives the true text.
 */
export function Name({ text, whole = false }: NameProps) {
  const reads = shown(text);
  const isClamped = !whole && reads.length >= longFrom;
  return (
    <bdi
      class={isClamped ? 'name clamped' : 'name'}
      data-true-text={reads === text ? undefined : text}
      title={!whole && reads.length >= cutFrom ? reads : undefined}
    >
      {reads}
    </bdi>
  );
}

/** Names one after the other, parted by commas. */
export function Names({ texts }: { readonly texts: readonly string[] }) {
  return (
    <>
      {texts.map((text, index) => (
        <span key={text}>
          {index === 0 ? null : ', '}
          <Name text={text} />
        </span>
      ))}
    </>
  );
}

/** As `Name` shows a text, for sentences, labels and titles that hold it. */
export function shown(text: string): string {
  const reads = visible(text);
  return text !== '' && text.trim() !== text ? `"${reads}"` : reads;
}

/** Copies the true text of names that are shown with escapes; once for the page. @returns takes it away again */
export function keepCopiesTrue(): () => void {
  document.addEventListener('copy', copyTrue);
  return () => document.removeEventListener('copy', copyTrue);
}

function copyTrue(event: ClipboardEvent): void {
  const selection = getSelection();
  if (selection === null || selection.rangeCount === 0) return;
  const range = selection.getRangeAt(0);
  const within = range.commonAncestorContainer;
  const name = (within instanceof Element ? within : within.parentElement)?.closest<HTMLElement>(
    '[data-true-text]',
  );
  let text = selection.toString();
  if (name) {
    // Of a part of an escaped name nobody can say which letters were meant.
    if (text.trim() !== name.textContent?.trim()) return;
    text = name.dataset.trueText ?? text;
  } else {
    const names = range.cloneContents().querySelectorAll<HTMLElement>('[data-true-text]');
    if (names.length === 0) return;
    for (const { textContent, dataset } of names) {
      if (textContent) text = text.replace(textContent, () => dataset.trueText ?? '');
    }
  }
  event.clipboardData?.setData('text/plain', text);
  event.preventDefault();
}
