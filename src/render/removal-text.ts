import { counted } from '../cluster/counted.js';
import type { Removal } from '../setup/plan-removal.js';
import { dropDatabase } from '../setup/removal-script.js';
import type { Removed } from '../setup/remove-own-tables.js';
import { moment } from './times.js';
import { visible } from './visible.js';

/** What would go, and what not. `keptIn` is the file that the audit is written to first. */
export function removalPlanText(
  { place, tables, others, audit, apart }: Removal,
  keptIn: string | undefined,
): readonly string[] {
  return [
    `octo-ha's ${counted(tables.length, 'table')} in ${place}`,
    '  with them go journal, settings, addresses of nodes and findings of doctor',
    ...(audit.entries === 0 ? [] : [`  ${auditText(audit, keptIn)}`]),
    ...others.map((other) => `  octo_ha.${visible(other)} is not octo-ha's, and stays`),
    ...(apart === undefined ? [] : [`  the database ${apart.name} ${apartText(apart.stays)}`]),
    "Octopus Server's own tables are not touched.",
  ];
}

const auditText = ({ entries, oldest }: Removal['audit'], keptIn: string | undefined): string => {
  const since = oldest === null ? '' : ` since ${moment(oldest)}`;
  const what = `the audit, ${entries === 1 ? '1 entry' : `${entries} entries`}${since},`;
  return keptIn === undefined
    ? `${what} is lost; to keep it, add: --keep-audit FILE`
    : `${what} is written to ${keptIn} first`;
};

const apartText = (stays: string | undefined): string =>
  stays === undefined ? 'goes too: octo-ha made it, and nothing else is in it' : `stays: ${visible(stays)}`;

export interface Leavings extends Removed {
  /** The context that knows this cluster, and its file; absent where none is in a file. */
  readonly context?: { readonly name: string; readonly file: string };
  /** The cluster is a practice cluster, whose machines go with it. */
  readonly isLab: boolean;
}

/** What stays somewhere, a line each with the command that ends it. */
export function leavings(plan: Removal, { context, isLab, databaseStays, schemaStays }: Leavings): readonly string[] {
  const { apart, machines, database } = plan;
  const schema = `the empty schema octo_ha in ${database}: DROP SCHEMA octo_ha;`;
  return [
    ...(apart === undefined || databaseStays === undefined
      ? []
      : [`the database ${apart.name} (${visible(databaseStays)}): ${dropDatabase(apart.name)}`]),
    ...(schemaStays && databaseStays === undefined ? [schema] : []),
    ...(context === undefined
      ? []
      : [`the context ${context.name} in ${context.file}: octo-ha context remove ${context.name}`]),
    ...(isLab
      ? ['the practice cluster itself: octo-ha lab down']
      : machines.map(
          ({ node, address: { host, manager } }) =>
            `records on the machine of ${visible(node)} (${visible(host)}): ${manager === 'windows' ? windowsRecords : posixRecords}`,
        )),
  ];
}

const windowsRecords = 'Remove-Item -Recurse "$env:ProgramData\\octo-ha"';
const posixRecords = 'sudo rm -r /var/lib/octo-ha';
