import { go, path, query } from '../location.ts';
import { type Misread, misreadIn, type Readers, withoutMisread } from '../misread.ts';
import { strings } from '../strings.ts';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';
import { Name } from './name.tsx';
import './misread-notice.css';

const texts = strings.components.misread;

/** What the view that is shown passes over in its address. */
export function misread(readers: Readers): readonly Misread[] {
  return misreadIn(query.value, readers);
}

export interface MisreadNoticeProps {
  readonly readers: Readers;
  /** What follows from it, as a sentence. */
  readonly consequence: string;
}

/** Says which parts of the address were not understood, and takes them away. */
export function MisreadNotice({ readers, consequence }: MisreadNoticeProps) {
  const parts = misread(readers);
  if (parts.length === 0) return null;
  return (
    <div class="misread" role="alert">
      <Icon name="warning" />
      <div class="misread-text">
        <strong>{texts.title}</strong> {consequence}
        <ul>
          {parts.map(({ name, value, why }) => (
            <li key={`${name}=${value}`}>
              <code>
                <Name text={`${name}=${value}`} />
              </code>{' '}
              {texts.why[why]}
            </li>
          ))}
        </ul>
      </div>
      <Button onClick={() => go(path.peek(), withoutMisread(query.peek(), readers), { replace: true })}>
        {texts.remove}
      </Button>
    </div>
  );
}
