/** Texts of the view Administration. */
export const administration = {
  title: 'Administration',
} as const;
