import { formatDuration } from '../cluster/duration.js';
import { type CheckId, type ClusterCheck, type Judging, pass, type Remedy, skip, type Verdict, warn } from './check.js';
import type { Declaration } from './declared.js';
import { ours } from './limits.js';

/** What only people know. They say in the context file when they last saw to it; nobody can check more. */
interface DeclaredClaim {
  readonly id: CheckId;
  readonly declares: Declaration;
  readonly title: string;
  readonly why: string;
  readonly cure: Remedy;
}

export interface DeclaredCheck extends ClusterCheck {
  judge(declared: Date | undefined, judging: Judging): Verdict;
}

const declaredCheck = ({ declares, ...claim }: DeclaredClaim): DeclaredCheck => ({
  ...claim,
  kind: 'cluster',
  async run(world) {
    return this.judge(world.declared[declares], { limits: world.limits, now: new Date(world.clock.now()) });
  },
  judge(declared, { limits, now }) {
    if (declared === undefined) {
      return skip(`nobody has said so: doctor.declared.${declares} in the context holds the day`);
    }
    const age = now.getTime() - declared.getTime();
    const day = declared.toISOString().slice(0, 10);
    if (age <= limits.declaredAge) return pass({ declared: day });
    return warn(`last seen to on ${day}, ${formatDuration(age)} ago ${ours(limits, 'declaredAge')}`, {
      evidence: { declared: day },
    });
  },
});

export const storageDeclared = [
  declaredCheck({
    id: 'storage/redundant',
    declares: 'storageRedundant',
    title: 'the shared storage survives the loss of its server',
    why: 'One file server is a single point of failure: without it no node can write a log, and deployments stop.',
    cure: { text: 'Use a clustered file server, or zone-redundant storage.' },
  }),
] as const;

export const balancerDeclared = [
  declaredCheck({
    id: 'load-balancer/redundant',
    declares: 'balancerRedundant',
    title: 'the load balancer itself is redundant',
    why: 'A cluster behind one balancer is as available as that balancer.',
    cure: { text: 'Run two of them with a shared address, or a managed one.' },
  }),
] as const;

export const backupDeclared = [
  declaredCheck({
    id: 'backup/master-key',
    declares: 'masterKeySaved',
    title: 'the master key is kept in a safe place',
    why: 'It is not in the database. Without it every password in a backup is lost, and no new node can join.',
    cure: {
      text: 'Write it down where the database backups are not.',
      commands: ['Octopus.Server show-master-key --instance INSTANCE'],
    },
  }),
  declaredCheck({
    id: 'backup/licence',
    declares: 'licenceSaved',
    title: 'licence and server certificate are kept in a safe place',
    why: 'Tentacles trust the certificate by its thumbprint: a new one has to be taken to every one of them.',
    cure: {
      text: 'Export both.',
      commands: ['Octopus.Server export-certificate --instance INSTANCE --export-file FILE'],
    },
  }),
  declaredCheck({
    id: 'backup/storage',
    declares: 'storageBackedUp',
    title: 'packages, artifacts and task logs are backed up',
    why: 'They are not in the database, and a database without them promotes releases whose packages are gone.',
    cure: {
      text: 'Copy the shared folder regularly, close in time to the database.',
      commands: ['robocopy \\\\SERVER\\SHARE \\\\BACKUP\\SHARE /mir /r:5'],
    },
  }),
  declaredCheck({
    id: 'backup/restore-tested',
    declares: 'restoreTested',
    title: 'a restore was tested',
    why: 'Only a restore shows that backups, master key and certificate belong together.',
    cure: { text: "Restore into an isolated network: Octopus' page on test instances." },
  }),
] as const;

export const recoveryDeclared = [
  declaredCheck({
    id: 'disaster-recovery/zones',
    declares: 'nodesInSeveralZones',
    title: 'the nodes are in several zones or hosts',
    why: 'Octopus: nodes in several availability zones of one region cover most disasters. In several regions they are not supported.',
    cure: { text: 'Spread the nodes over zones, or keep their virtual machines on different hosts.' },
  }),
  declaredCheck({
    id: 'disaster-recovery/storage-copy',
    declares: 'storageCopiedElsewhere',
    title: 'a copy of the shared storage is kept in another place',
    why: 'The second site needs packages, artifacts and logs as well as the database.',
    cure: { text: 'Replicate the share; every node must use the same replica.' },
  }),
  declaredCheck({
    id: 'disaster-recovery/runbook',
    declares: 'runbookWritten',
    title: 'the way to the second site is written down',
    why: 'In order: database and storage promoted, connection strings and paths, nodes, maintenance mode, caps, a test, the balancer.',
    cure: { text: 'Write it down and walk through it once a year.' },
  }),
] as const;
