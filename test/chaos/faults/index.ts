import { balancerFaults } from './balancer.js';
import { certificateFaults } from './certificates.js';
import { databaseFaults } from './database.js';
import type { Fault } from './fault.js';
import { machineFaults } from './machines.js';
import { nodeFaults } from './nodes.js';
import { octopusFaults } from './octopus.js';
import { ownStateFaults } from './own-state.js';
import { storageFaults } from './storage.js';
import { taskFaults } from './tasks.js';

/** Everything that doctor is tried with, a file a family. */
export const faults: readonly Fault[] = [
  ...nodeFaults,
  ...taskFaults,
  ...machineFaults,
  ...storageFaults,
  ...balancerFaults,
  ...certificateFaults,
  ...octopusFaults,
  ...ownStateFaults,
  ...databaseFaults,
];
