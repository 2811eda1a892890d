import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { FaultLab, Undo } from '../../support/chaos/fault-lab.js';
import { standStill } from '../../support/chaos/stand-still.js';
import { eventually } from '../../support/eventually.js';
import type { Fault } from './fault.js';
import { endTasks, keepBusy } from './lab-tasks.js';

const day = 86_400_000;
const at = (milliseconds: number): string => new Date(Date.now() + milliseconds).toISOString();
const id = (node: string): string => `OctopusServerNodes-${node}`;

/** Drained by octo-ha, and what is kept of the hold is of another day. */
async function held(lab: FaultLab, set: string): Promise<Undo> {
  await lab.ok('node drain node-2 --yes --reason patches');
  await lab.execute(`UPDATE octo_ha.hold SET ${set} WHERE node_id = ?`, id('node-2'));
  return async () => void (await lab.ok('node undrain node-2 --yes'));
}

const setting =
  (sql: string, back: string) =>
  async (lab: FaultLab): Promise<Undo> => {
    await lab.execute(sql);
    return () => lab.execute(back);
  };

/** A process that drains a node and waits for its tasks. */
async function drainsBusyNode(lab: FaultLab): Promise<ReturnType<FaultLab['cli']['start']>> {
  await keepBusy(lab, ['node-2']);
  const drains = lab.cli.start('node drain node-2 --yes');
  await eventually(async () => {
    const drained = await lab.rows('SELECT Id FROM dbo.OctopusServerNode WHERE IsInMaintenanceMode = 1');
    if (drained.length === 0) throw new Error('node-2 does not drain');
  });
  return drains;
}

async function newestUnfinished(lab: FaultLab): Promise<string> {
  const [operation] = await lab.rows('SELECT id FROM octo_ha.operation WHERE ended IS NULL ORDER BY started DESC');
  return String(operation?.['id']);
}

export const ownStateFaults: readonly Fault[] = [
  {
    id: 'hold-forgotten',
    what: 'a node that was taken out a month ago is still out',
    cause: 'octo-ha/hold-overdue',
    inject: (lab) => held(lab, `since = '${at(-30 * day)}', until = NULL`),
  },
  {
    id: 'hold-overdue',
    what: 'a node that was to be out for an hour is still out the next day',
    cause: 'octo-ha/hold-overdue',
    inject: (lab) => held(lab, `since = '${at(-day)}', until = '${at(-day + 3_600_000)}'`),
  },
  {
    id: 'hold-left-behind',
    what: 'the hold of a node that is gone is still there',
    cause: 'octo-ha/hold-orphaned',
    async inject(lab) {
      await lab.execute(
        "INSERT INTO octo_ha.hold (node_id, who, why, since, until) VALUES (?, 'anna@desk', 'disk swap', ?, NULL)",
        id('node-9'),
        at(-3_600_000),
      );
      return () => lab.execute('DELETE FROM octo_ha.hold WHERE node_id = ?', id('node-9'));
    },
  },
  {
    id: 'drained-by-hand',
    what: 'somebody has drained a node in the portal, and told nobody',
    cause: 'octo-ha/drain-explained',
    inject: setting(
      "UPDATE dbo.OctopusServerNode SET IsInMaintenanceMode = 1 WHERE Name = 'node-2'",
      "UPDATE dbo.OctopusServerNode SET IsInMaintenanceMode = 0 WHERE Name = 'node-2'",
    ),
  },
  {
    id: 'operation-killed',
    what: 'the process of a drain was killed, and nobody has gone on with it',
    cause: 'octo-ha/lease-orphaned',
    follows: ['octo-ha/unfinished-operation'],
    async inject(lab) {
      const { child, ended } = await drainsBusyNode(lab);
      child.kill('SIGKILL');
      await Promise.all([
        ended,
        child.exitCode === null && child.signalCode === null ? once(child, 'close') : undefined,
      ]);
      return async () => {
        await lab.ok(`operation abort ${await newestUnfinished(lab)} --yes --wait-lease 1m`);
        await endTasks(lab);
      };
    },
  },
  {
    id: 'asked-to-stop-and-left',
    what: 'somebody asked an operation that hangs to stop, and went away before it was fenced',
    cause: 'octo-ha/stop-requested',
    // Whoever hangs does not renew.
    follows: ['octo-ha/lease-orphaned', 'octo-ha/unfinished-operation'],
    async inject(lab) {
      const { child, ended } = await drainsBusyNode(lab);
      assert.ok(child.pid !== undefined);
      await standStill(lab.home, child.pid);
      const operation = await newestUnfinished(lab);
      const asking = lab.cli.start(`operation takeover ${operation} --confirm ${operation} --reason lost`);
      await eventually(async () => {
        const asked = await lab.rows('SELECT 1 FROM octo_ha.lease WHERE stop_requested IS NOT NULL');
        if (asked.length === 0) throw new Error(`${operation} is not asked to stop`);
      });
      asking.child.kill('SIGKILL');
      await asking.ended;
      return async () => {
        child.kill('SIGCONT');
        await ended;
        await lab.ok(`operation abort ${operation} --yes --wait-lease 1m`);
        await endTasks(lab);
      };
    },
  },
  {
    id: 'operation-half-done',
    what: 'an operation was interrupted yesterday and stands half done',
    cause: 'octo-ha/unfinished-operation',
    async inject(lab) {
      await lab.ok('node drain node-3 --yes');
      await lab.ok('node undrain node-3 --yes');
      const [last] = await lab.rows('SELECT id, ended FROM octo_ha.operation ORDER BY started DESC LIMIT 1');
      const operation = String(last?.['id']);
      await lab.execute("UPDATE octo_ha.operation SET state = 'interrupted', ended = NULL WHERE id = ?", operation);
      return () =>
        lab.execute(
          "UPDATE octo_ha.operation SET state = 'done', ended = ? WHERE id = ?",
          String(last?.['ended']),
          operation,
        );
    },
  },
  {
    id: 'tables-of-another-cluster',
    what: 'the database was restored under another name',
    cause: 'octo-ha/identity',
    async inject(lab) {
      const [pin] = await lab.rows('SELECT database_name AS name FROM octo_ha.cluster');
      const name = String(pin?.['name']);
      await lab.execute("UPDATE octo_ha.cluster SET database_name = 'Another'");
      return () => lab.execute('UPDATE octo_ha.cluster SET database_name = ?', name);
    },
  },
  {
    id: 'tables-of-a-newer-octo-ha',
    what: "octo-ha's tables were made by a newer octo-ha, which older ones must not write to",
    cause: 'octo-ha/up-to-date',
    inject: setting(
      "INSERT INTO octo_ha.schema_version (number, name, applied, minimum_writer) VALUES (999, 'later', '2026-11-01T00:00:00.000Z', 999)",
      'DELETE FROM octo_ha.schema_version WHERE number = 999',
    ),
  },
  {
    id: 'address-missing',
    what: "nobody has told octo-ha a node's web address",
    cause: 'octo-ha/web-addresses',
    async inject(lab) {
      const [row] = await lab.rows(`SELECT url FROM octo_ha.node WHERE node_id = '${id('node-2')}'`);
      await lab.execute('DELETE FROM octo_ha.node WHERE node_id = ?', id('node-2'));
      return () =>
        lab.execute('INSERT INTO octo_ha.node (node_id, url) VALUES (?, ?)', id('node-2'), String(row?.['url']));
    },
  },
  {
    id: 'address-of-the-gone',
    what: 'the address of a node that is gone is still kept',
    cause: 'octo-ha/addresses-of-the-gone',
    inject: setting(
      "INSERT INTO octo_ha.node (node_id, url) VALUES ('OctopusServerNodes-node-9', 'http://node-9')",
      "DELETE FROM octo_ha.node WHERE node_id = 'OctopusServerNodes-node-9'",
    ),
  },
];
