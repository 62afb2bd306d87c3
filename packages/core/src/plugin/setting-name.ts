import type { ProviderName } from "../reading/identifiers.ts";

/** The setting that fills a schema's camelCase key: `clientId` → `CLIENT_ID`. */
export function settingName(key: string): string {
  return key.replace(/[A-Z]/g, (capital) => `_${capital}`).toUpperCase();
}

/** The setting that fills a key of a provider's schema: `clientId` of `acme-cgm` → `ACME_CGM_CLIENT_ID`. */
export function providerSettingName(provider: ProviderName, key: string): string {
  return `${provider.replaceAll("-", "_").toUpperCase()}_${settingName(key)}`;
}
