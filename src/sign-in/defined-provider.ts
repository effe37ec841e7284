import type { ProviderDefinition } from './kind.ts';

/** What every provider bears of its definition, as `ProviderFacts` of the port wants it. */
export abstract class DefinedProvider<Settings> {
  readonly name: string;
  readonly realm: string;
  readonly title: string;
  readonly configVersion: number;
  protected readonly settings: Settings;

  constructor({ name, realm, title, configVersion, settings }: ProviderDefinition<Settings>) {
    this.name = name;
    this.realm = realm;
    this.title = title;
    this.configVersion = configVersion;
    this.settings = settings;
  }
}
