import { visibleLines } from '../../../src/core/visible.ts';
import { toError } from '../api.ts';
import { strings } from '../strings.ts';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';

export interface FailureProps {
  /** Whatever was thrown. */
  readonly error: unknown;
  readonly onRetry?: () => void;
}

/** Says what went wrong, in the words of whoever found it. */
export function Failure({ error, onRetry }: FailureProps) {
  const { message } = toError(error);
  return (
    <div class="failure" role="alert">
      <Icon name="warning" />
      <div>
        <strong>{strings.failure.title}</strong>
        <p>{visibleLines(message)}</p>
      </div>
      {onRetry === undefined ? null : (
        <Button size="small" onClick={onRetry}>
          {strings.components.retry}
        </Button>
      )}
    </div>
  );
}
