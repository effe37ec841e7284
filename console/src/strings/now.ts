/** Texts of the view Now. */
export const now = {
  title: 'Now',
} as const;
