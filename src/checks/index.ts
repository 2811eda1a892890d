import { backupChecks } from './backup/sql-server.js';
import { certificateChecks } from './certificates/web.js';
import type { Check } from './check.js';
import { apiAnswers } from './cluster/api.js';
import { installationChecks } from './cluster/installation.js';
import { clusterOctopusChecks, connectionPool, notAClone, publicUrl } from './cluster/octopus.js';
import { availabilityChecks } from './database/availability.js';
import { propertyChecks } from './database/properties.js';
import { reachableChecks } from './database/reachable.js';
import { serverChecks } from './database/server.js';
import { useChecks } from './database/use.js';
import { writes } from './database/write-probe.js';
import { backupDeclared, balancerDeclared, recoveryDeclared, storageDeclared } from './declared-checks.js';
import { copyChecks } from './disaster-recovery/copies.js';
import { licenceChecks } from './licence/octopus.js';
import { host } from './load-balancer/host.js';
import { longRequests } from './load-balancer/long-requests.js';
import { pollingUnread } from './load-balancer/polling.js';
import { balancerReachable, trafficChecks } from './load-balancer/traffic.js';
import { uploads } from './load-balancer/uploads.js';
import { networkMachineChecks } from './network/machine.js';
import { networkWebChecks } from './network/web.js';
import { machineChecks } from './nodes/machine.js';
import { membershipChecks } from './nodes/membership.js';
import { likenessChecks, resourceChecks } from './nodes/resources.js';
import { knownDefects, webChecks } from './nodes/web.js';
import { workChecks } from './nodes/work.js';
import { loginChecks } from './octo-ha/login.js';
import { ownStateChecks } from './octo-ha/own-state.js';
import { folderChecks } from './storage/folder.js';
import { storageMachineChecks } from './storage/machine.js';
import { sharedChecks } from './storage/nodes/shared-checks.js';
import { storageOctopusChecks } from './storage/octopus.js';
import { taskLogs } from './storage/task-logs.js';
import { suppressionCheck } from './suppress.js';
import { tentacleMachineChecks } from './tentacles/machine.js';
import { tentacleOctopusChecks } from './tentacles/octopus.js';

/** Every check, in the order of the report: what others need stands before them. A new one is a line in its group. */
export const checks: readonly Check[] = [
  ...reachableChecks,
  balancerReachable,
  apiAnswers,
  ...serverChecks,
  ...propertyChecks,
  ...availabilityChecks,
  ...useChecks,
  writes,
  connectionPool,
  ...membershipChecks,
  ...workChecks,
  ...networkWebChecks,
  ...certificateChecks,
  ...webChecks,
  ...machineChecks,
  ...resourceChecks,
  ...likenessChecks,
  ...storageOctopusChecks,
  ...networkMachineChecks,
  ...folderChecks,
  taskLogs,
  ...sharedChecks,
  ...storageMachineChecks,
  ...storageDeclared,
  ...trafficChecks,
  host,
  uploads,
  longRequests,
  pollingUnread,
  publicUrl,
  ...balancerDeclared,
  ...tentacleMachineChecks,
  ...tentacleOctopusChecks,
  ...licenceChecks,
  ...backupChecks,
  ...backupDeclared,
  ...copyChecks,
  notAClone,
  ...recoveryDeclared,
  ...installationChecks,
  knownDefects,
  ...clusterOctopusChecks,
  ...ownStateChecks,
  ...loginChecks,
  suppressionCheck,
];
