import type { Command } from './command.js';

/** Every command by its full name, in the order of the help. A new one is a file and a line here. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  status: async () => (await import('./status.js')).status,
  'node list': async () => (await import('./node/list.js')).nodeList,
  'node show': async () => (await import('./node/show.js')).nodeShow,
  'node drain': async () => (await import('./node/drain.js')).nodeDrain,
  'node undrain': async () => (await import('./node/undrain.js')).nodeUndrain,
  'node cap': async () => (await import('./node/cap.js')).nodeCap,
  'node ok-to-stop': async () => (await import('./node/ok-to-stop.js')).nodeOkToStop,
  'task list': async () => (await import('./task/list.js')).taskList,
  'operation list': async () => (await import('./operation/list.js')).operationList,
  'operation show': async () => (await import('./operation/show.js')).operationShow,
  'operation resume': async () => (await import('./operation/resume.js')).operationResume,
  'operation abort': async () => (await import('./operation/abort.js')).operationAbort,
  'operation takeover': async () => (await import('./operation/takeover.js')).operationTakeover,
  wait: async () => (await import('./wait.js')).wait,
  audit: async () => (await import('./audit.js')).audit,
  'database test': async () => (await import('./database/test.js')).databaseTest,
  'database script': async () => (await import('./database/script.js')).databaseScript,
  'database migrate': async () => (await import('./database/migrate.js')).databaseMigrate,
  'lab up': async () => (await import('./lab/up.js')).labUp,
  'lab down': async () => (await import('./lab/down.js')).labDown,
  'lab status': async () => (await import('./lab/status.js')).labStatus,
  'lab submit': async () => (await import('./lab/submit.js')).labSubmit,
  'lab load': async () => (await import('./lab/load.js')).labLoad,
};
