import type { CheckId } from '../../src/checks/check.js';

/** Checks that a test of their own breaks something real for, by its file: a server, machines, folders of two nodes. */
export const brokenElsewhere: Readonly<Record<string, readonly CheckId[]>> = {
  'setup/validate-storage.test.ts': [
    ...(['storage/login', 'storage/listed', 'storage/writable', 'storage/reachable'] as const),
    ...(['storage/resolves', 'storage/folders', 'storage/room'] as const),
    ...(['storage/intact', 'storage/renamed', 'storage/removed', 'storage/latency'] as const),
  ],
  'checks/storage/nodes/prove-shared.test.ts': [
    ...(['storage/same-target', 'storage/seen-by-all', 'storage/lock'] as const),
    ...(['storage/seen-as-service', 'storage/probes-removed'] as const),
  ],
  'chaos/machines.ts': [
    ...(['nodes/time-source', 'nodes/processors', 'nodes/memory', 'nodes/memory-free', 'nodes/load'] as const),
    ...(['nodes/reboot-pending', 'nodes/booted', 'nodes/same-system', 'nodes/service-restarts'] as const),
    ...(['nodes/same-account', 'nodes/same-database', 'network/names-agree'] as const),
    ...(['storage/not-local', 'storage/free-space', 'storage/same-source', 'storage/same-size'] as const),
  ],
  'contracts/doctor-sql-server.test.ts': [
    ...(['database/exclusive', 'database/known-hosts', 'database/round-trip', 'database/clock'] as const),
  ],
  'checks/storage/task-logs.test.ts': ['storage/task-logs'],
  'contracts/own-login.test.ts': ['octo-ha/login-rights', 'octo-ha/login-reads', 'octo-ha/placement'],
  'commands/lb-verify.test.ts': ['load-balancer/host', 'load-balancer/long-requests'],
};
