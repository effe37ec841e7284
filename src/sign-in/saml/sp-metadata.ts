import { bindings, nameIdFormats, namespaces } from './names.ts';
import type { SamlSettings } from './settings.ts';
import { escapeXml } from './xml.ts';

/** What an identity provider is told of Curfew. */
export interface SpMetadata {
  readonly entityId: string;
  readonly callbackUrl: string;
  readonly logoutUrl: string;
  /** In PEM; undefined when Curfew neither signs nor decrypts. */
  readonly certificate: string | undefined;
  readonly settings: Pick<SamlSettings, 'signed' | 'nameIdFormat'>;
}

/** The metadata of Curfew as a service provider (SAML 2.0 metadata, section 2.4.4). */
export function spMetadata({ entityId, callbackUrl, logoutUrl, certificate, settings }: SpMetadata): string {
  const { signed, nameIdFormat } = settings;
  const wantsAssertionsSigned = signed === 'assertion' || signed === 'both';
  const logout = [bindings.redirect, bindings.post]
    .map((binding) => `    <SingleLogoutService Binding="${binding}" Location="${escapeXml(logoutUrl)}"/>\n`)
    .join('');
  const format =
    nameIdFormat === undefined ? '' : `    <NameIDFormat>${nameIdFormats[nameIdFormat]}</NameIDFormat>\n`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<EntityDescriptor xmlns="${namespaces.metadata}" entityID="${escapeXml(entityId)}">
  <SPSSODescriptor protocolSupportEnumeration="${namespaces.protocol}" AuthnRequestsSigned="${certificate !== undefined}" WantAssertionsSigned="${wantsAssertionsSigned}">
${certificate === undefined ? '' : keys(certificate) + logout}${format}    <AssertionConsumerService index="0" isDefault="true" Binding="${bindings.post}" Location="${escapeXml(callbackUrl)}"/>
  </SPSSODescriptor>
</EntityDescriptor>
`;
}

/** One key serves for both uses, so it is named for each: some identity providers take no key without a use. */
function keys(certificate: string): string {
  const body = certificate.replace(/-----[^-]+-----/g, '').replace(/\s/g, '');
  return ['signing', 'encryption']
    .map(
      (use) => `    <KeyDescriptor use="${use}">
      <KeyInfo xmlns="${namespaces.signature}"><X509Data><X509Certificate>${body}</X509Certificate></X509Data></KeyInfo>
    </KeyDescriptor>
`,
    )
    .join('');
}
