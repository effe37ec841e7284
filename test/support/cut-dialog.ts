import type { Locator, Page } from 'playwright-core';

/** The dialog that ends sessions. */
export function cutDialog(page: Page): Locator {
  return page.getByRole('dialog', { name: 'End sessions' });
}

/** Chooses all sessions that the view Sessions shows, and presses the key that ends them. */
export async function pressEnd(page: Page): Promise<void> {
  await page
    .getByRole('status')
    .getByText(/live session/)
    .first()
    .waitFor();
  await page.keyboard.press('a');
  await page.keyboard.press('t');
}

/** Opens the dialog for all sessions that the view Sessions shows, with keys alone. */
export async function openCutDialog(page: Page): Promise<void> {
  await pressEnd(page);
  await cutDialog(page).getByLabel('Why').waitFor();
}

/** Gives the reason and orders the cut, with keys alone: Enter leads from the reason to the button, and there orders. */
export async function orderByKeys(page: Page, reason: string): Promise<void> {
  await page.keyboard.type(reason);
  await page.keyboard.press('Enter');
  await cutDialog(page).locator('button[type=submit]:focus').waitFor();
  await page.keyboard.press('Enter');
}
