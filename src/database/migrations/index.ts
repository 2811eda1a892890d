import { settingsAndNodes } from './0001-settings-and-nodes.js';
import { operations } from './0002-operations.js';
import { machines } from './0003-machines.js';
import { doctorRuns } from './0004-doctor-runs.js';
import type { Migration } from './migration.js';

/** Every migration, oldest first. A new one is a file and a line here. */
export const migrations: readonly Migration[] = [settingsAndNodes, operations, machines, doctorRuns];

/** The tables of octo-ha, by name. */
export const madeTables: ReadonlySet<string> = new Set(migrations.flatMap(({ makes }) => makes));

/** The schema this client knows. */
export const newestSchema = migrations.at(-1)?.number ?? 0;
