import type { Instance } from './disk.js';

/** The configuration of an instance as its official container has it on disk: without what the lab keeps elsewhere. */
export const configurationFileText = ({ home, nodeName, database }: Instance): string =>
  settingsXml({
    'Octopus.Home': home,
    'Octopus.Server.NodeName': nodeName,
    ...(database === null ? {} : { 'Octopus.Storage.ExternalDatabaseConnectionString': database }),
  });

export function settingsXml(settings: Readonly<Record<string, string>>): string {
  const lines = Object.entries(settings).map(([key, value]) => `  <set key="${xml(key)}">${xml(value)}</set>`);
  return `<?xml version="1.0" encoding="utf-8"?>\n<octopus-settings>\n${lines.join('\n')}\n</octopus-settings>`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const xml = (text: string): string => text.replace(/[&<>"]/g, (character) => entities[character] ?? '');
