import { serverProperties } from '../../database/queries/sql-server/server-properties.js';
import { type ClusterCheck, fail, pass, skip, type Verdict, warn } from '../check.js';
import { sqlServerCheck } from '../kinds.js';

/**
 * When Microsoft's extended support of a version ends.
 * https://learn.microsoft.com/lifecycle/products/?terms=sql%20server
 */
const supported: Readonly<Record<number, { readonly name: string; readonly until: string }>> = {
  13: { name: 'SQL Server 2016', until: '2026-07-14' },
  14: { name: 'SQL Server 2017', until: '2027-10-12' },
  15: { name: 'SQL Server 2019', until: '2030-01-08' },
  16: { name: 'SQL Server 2022', until: '2033-01-11' },
  17: { name: 'SQL Server 2025', until: '2036-01-06' },
};

const twoYears = 2 * 365 * 86_400_000;

/** Azure's own services keep themselves up to date and available, and report version 12. */
const isManaged = (engineEdition: number | null): boolean => engineEdition === 5 || engineEdition === 8;

const version = sqlServerCheck({
  id: 'database/version',
  title: 'Octopus supports this version of SQL Server',
  why: 'Octopus needs SQL Server 2016 or later, and asks for a version with two years of Microsoft support left.',
  cure: { text: 'Plan the move to a newer SQL Server: https://octopus.com/docs/installation/sql-server-database' },
  question: serverProperties,
  judge({ major, productVersion, engineEdition, edition }, { now }) {
    const evidence = { version: productVersion, edition };
    if (isManaged(engineEdition)) return pass(evidence);
    if (major === null) return skip('the server does not tell its version');
    if (major < 13) return fail(`SQL Server ${productVersion} is older than 2016`, { evidence });
    const known = supported[major];
    if (known === undefined) return pass(evidence);
    const left = Date.parse(known.until) - now.getTime();
    if (left < 0) return warn(`Microsoft's support of ${known.name} ended on ${known.until}`, { evidence });
    if (left < twoYears) return warn(`Microsoft's support of ${known.name} ends on ${known.until}`, { evidence });
    return pass(evidence);
  },
});

const edition = sqlServerCheck({
  id: 'database/edition',
  title: 'the edition of SQL Server is one for a cluster',
  why: 'Express keeps a database within 10 GB, uses one processor and little memory, and cannot be made highly available.',
  cure: { text: 'Move to Standard, Enterprise or a managed SQL Server.' },
  question: serverProperties,
  judge: ({ engineEdition, edition }) =>
    engineEdition === 4 ? warn(`the edition is ${edition}`, { evidence: { edition } }) : pass({ edition }),
});

const highlyAvailable = sqlServerCheck({
  id: 'database/highly-available',
  title: 'the database survives the loss of its server',
  why: 'Octopus: "it\'s important that the database server is also highly available". A cluster of nodes over one server is not.',
  cure: { text: 'Use an availability group, a failover cluster instance or a managed SQL Server.' },
  question: serverProperties,
  judge({ clustered, availabilityGroups, engineEdition }): Verdict {
    const evidence = { clustered, availabilityGroups };
    if (clustered || availabilityGroups || isManaged(engineEdition)) return pass(evidence);
    return warn('the server is neither clustered nor enabled for availability groups', { evidence });
  },
});

const apart: ClusterCheck & { judge(machine: string | null, nodes: readonly string[]): Verdict } = {
  kind: 'cluster',
  id: 'database/apart-from-nodes',
  title: 'SQL Server runs on none of the nodes',
  why: 'A node and the database on one machine fail together, and share processors and memory.',
  cure: {
    text: 'Move the database to a machine of its own: https://octopus.com/docs/administration/managing-infrastructure/moving-your-octopus/move-the-database',
  },
  needs: ['database/reachable'],
  async run(world, signal) {
    const { nodes } = await world.status(signal);
    const names = nodes.map(({ name }) => name);
    if (world.engine !== 'sql-server') return skip('only SQL Server has this; this cluster is a lab on SQLite');
    const { machine } = await world.ask(serverProperties, signal);
    return this.judge(machine, names);
  },
  judge(machine, nodes) {
    if (machine === null) return skip('the server does not tell the name of its machine');
    const short = (name: string) => (name.split('.')[0] ?? '').toLowerCase();
    const on = nodes.find((name) => short(name) === short(machine));
    return on === undefined ? pass({ machine }) : fail(`SQL Server runs on ${machine}, which is the node ${on}`);
  },
};

export const serverChecks = [version, edition, highlyAvailable, apart] as const;
