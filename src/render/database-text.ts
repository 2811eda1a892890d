import { counted } from '../cluster/counted.js';
import type { Paint } from '../ports/terminal.js';
import type { DatabaseReport } from '../setup/test-database.js';
import { table } from './table.js';

export function databaseText(report: DatabaseReport, paint: Paint): string {
  const { ownTables, oddities, clockAheadMs } = report;
  const ahead = Math.abs(clockAheadMs);
  return table(
    [],
    [
      ['server', `${report.server} (${report.serverVersion || 'version not told'})`],
      ['database', `${report.database}, collation ${report.collation || 'not told'}`],
      ['login', report.login],
      ['round trip', `${report.roundTripMs} ms`],
      [
        'clock',
        ahead < 1_000
          ? 'agrees with this machine'
          : `${ahead} ms ${clockAheadMs > 0 ? 'ahead of' : 'behind'} this machine`,
      ],
      [
        'octopus',
        oddities.length === 0
          ? `${counted(report.nodes, 'node')}, a shape octo-ha knows`
          : paint.yellow(oddities.join('; ')),
      ],
      ['octo-ha', ownTablesText(ownTables, paint)],
    ],
  );
}

function ownTablesText({ place, version, newest }: DatabaseReport['ownTables'], paint: Paint): string {
  if (version === null)
    return paint.yellow('not set up, or not visible to this login; create its tables with: octo-ha database migrate');
  if (version < newest)
    return paint.yellow(`version ${version} of ${newest} in ${place}; complete it with: octo-ha database migrate`);
  return `version ${version} in ${place}`;
}
