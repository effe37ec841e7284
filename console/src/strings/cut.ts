/** Texts of the dialog that ends sessions. */
export const cut = {
  title: 'End sessions',
} as const;
