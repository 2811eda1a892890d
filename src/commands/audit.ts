import { findNode } from '../operations/find-node.js';
import { readAudit } from '../operations/journal/read-journal.js';
import { readStatus } from '../operations/read-status.js';
import { auditCsv, auditJson, auditTable } from '../render/operations-text.js';
import { command } from './command.js';
import { choice, span, text } from './options.js';

export const audit = command({
  name: 'audit',
  summary: 'Tell who did what to which node, also outside octo-ha',
  args: [],
  options: {
    node: text('NODE', 'only this node'),
    since: span('30d', 'how far back'),
    output: choice(['text', 'json', 'ndjson', 'yaml', 'name', 'csv'], 'text', 'how the entries are written', 'o'),
  },
  examples: [
    ['octo-ha audit --node web-2 --since 90d', 'Every change of web-2 in the last three months.'],
    ['octo-ha audit -o csv > audit.csv', 'For a spreadsheet.'],
  ],
  async run({ node: wanted, since }, { cluster: open, terminal, signal }) {
    const cluster = await open();
    const node = wanted === undefined ? undefined : findNode((await readStatus(cluster, signal)).nodes, wanted);
    const entries = await readAudit(cluster, { since, nodeId: node?.id }, signal);
    const table =
      entries.length === 0 ? 'nothing was changed with octo-ha in that time' : auditTable(entries, terminal.out);
    return {
      json: { entries: entries.map(auditJson) },
      text: table,
      paged: true,
      csv: auditCsv(entries),
      names: entries.map(({ id }) => id),
    };
  },
});
