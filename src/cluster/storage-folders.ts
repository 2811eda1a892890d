/** What Octopus keeps in the shared folder, each in a folder of its own. https://octopus.com/docs/administration/high-availability */
export const storageFolders = ['Packages', 'Artifacts', 'TaskLogs', 'Imports', 'EventExports', 'Telemetry'] as const;

/** Those that are not among the names of folders that were found, whatever their case. */
export function missingAmong(found: readonly string[]): readonly string[] {
  const there = new Set(found.map((name) => name.toLowerCase()));
  return storageFolders.filter((name) => !there.has(name.toLowerCase()));
}
