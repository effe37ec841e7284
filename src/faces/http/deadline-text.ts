import { instantForm } from '../../operations/session-form.ts';

const latestDeadline = { at: Number.NaN, text: '' };

/**
 * A deadline, epoch milliseconds, as a header holds it. Checks of one millisecond mostly share their deadline, and writing
 * an instant costs more than comparing two.
 */
export function deadlineText(deadline: number): string {
  if (latestDeadline.at !== deadline) {
    latestDeadline.at = deadline;
    latestDeadline.text = instantForm(deadline);
  }
  return latestDeadline.text;
}
