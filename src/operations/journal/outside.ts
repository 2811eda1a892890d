import type { Effect } from '../../database/database.js';
import { appendAudit } from '../../database/queries/audit.js';
import { databaseTime } from '../../database/queries/clock.js';
import { type NodeRecord, nodeRecords } from '../../database/queries/nodes.js';
import { keepObserved, type Observed, observedNodes } from '../../database/queries/observed.js';
import type { Identity } from '../../ports/identity.js';
import type { Cluster } from '../cluster.js';

/** Changes of flags and caps that octo-ha did not make, as entries of the audit; and what is seen of the nodes now. */
export async function noticeOutside(
  { database }: Pick<Cluster, 'database'>,
  identity: Identity,
  signal: AbortSignal,
): Promise<readonly Effect[]> {
  const { ownTables } = await database.catalogue(signal);
  if (!ownTables.has('observed')) return [];
  const [at, records, seen] = await database.ask([databaseTime, nodeRecords, observedNodes], signal);
  const news = records.flatMap((record) => {
    const before = seen.find(({ nodeId }) => nodeId === record.id);
    if (before === undefined) return [{ record, entries: [] }];
    const entries = entriesOf(record, before, at, identity);
    return entries.length === 0 ? [] : [{ record, entries }];
  });
  return [...news.flatMap(({ entries }) => entries), ...keepObserved(news.map(({ record }) => record))];
}

function entriesOf(record: NodeRecord, before: Observed, at: Date, identity: Identity): readonly Effect[] {
  const entry = (action: string, was: string, is: string) =>
    appendAudit({
      id: `outside-${identity.word(20)}`,
      who: 'outside octo-ha',
      host: '',
      nodeId: record.id,
      nodeName: record.name,
      action,
      before: was,
      after: is,
      reason: `between ${before.at.toISOString()} and ${at.toISOString()}`,
      changeId: null,
      overrides: null,
      channel: 'outside',
      operationId: null,
    });
  const words = (draining: boolean) => (draining ? 'draining' : 'in service');
  return [
    ...(record.draining === before.draining
      ? []
      : [entry(record.draining ? 'drain' : 'undrain', words(before.draining), words(record.draining))]),
    ...(record.taskCap === before.taskCap ? [] : [entry('cap', String(before.taskCap), String(record.taskCap))]),
  ];
}
