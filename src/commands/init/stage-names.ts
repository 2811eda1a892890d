/** What is set up, in this order; each also by itself. */
export const stageNames = ['database', 'storage', 'nodes', 'load-balancer', 'verify'] as const;
export type StageName = (typeof stageNames)[number];
