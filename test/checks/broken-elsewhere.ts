import type { CheckId } from '../../src/checks/check.js';

/** Checks that a test of their own breaks something real for, by its file: a file server, folders of two nodes, a balancer. */
export const brokenElsewhere: Readonly<Record<string, readonly CheckId[]>> = {
  'setup/validate-storage.test.ts': [
    ...(['storage/login', 'storage/listed', 'storage/writable', 'storage/reachable'] as const),
    ...(['storage/resolves', 'storage/folders', 'storage/room'] as const),
  ],
  'checks/storage/nodes/prove-shared.test.ts': ['storage/same-target', 'storage/seen-by-all', 'storage/lock'],
  'checks/storage/task-logs.test.ts': ['storage/task-logs'],
  'commands/lb-verify.test.ts': ['load-balancer/host', 'load-balancer/long-requests'],
};
