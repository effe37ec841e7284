/**
 * What clients ask before anything else. They refuse a product, version or model that is not in their tables, so these
 * name the newest release that all of them know; the label says what is really there.
 */
const product = {
  product_name: 'isva',
  product_description: 'IBM Security Verify Access',
  firmware_version: '10.0.6.0',
  deployment_model: 'Appliance',
} as const;

/** `GET /core/sys/versions`. @param version that of Curfew */
export function versions(version: string): Record<string, string> {
  return {
    ...product,
    firmware_build: `curfew-${version}`,
    firmware_label: `Curfew ${version}`,
    last_update: '',
  };
}

/** `GET /setup_complete`. */
export const setupComplete = { configured: true } as const;

/** `GET /isam/capabilities/v1`: the module whose sessions are administered here. */
export const capabilities = [{ id: 'wga', enabled: 'True' }] as const;

/** `GET /firmware_settings`, which one client falls back to. */
export function firmwareSettings(version: string): Record<string, unknown>[] {
  return [
    {
      name: `Curfew ${version}`,
      active: true,
      firmware_version: product.firmware_version,
    },
  ];
}
