/** Texts of the view Ledger. */
export const ledger = {
  title: 'Ledger',
} as const;
