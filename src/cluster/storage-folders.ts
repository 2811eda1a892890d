/** What Octopus keeps in the shared folder, each in a folder of its own. https://octopus.com/docs/administration/high-availability */
export const storageFolders = ['Packages', 'Artifacts', 'TaskLogs', 'Imports', 'EventExports', 'Telemetry'] as const;
