/** Texts of the view Sessions. */
export const sessions = {
  title: 'Sessions',
} as const;
