import { findingsOf, type Report } from '../checks/report.js';
import type { PastRun } from '../cluster/doctor-run.js';
import { newestSchema } from '../database/migrations/index.js';
import { doctorRuns, keepDoctorRun } from '../database/queries/doctor-runs.js';
import { schemaVersion } from '../database/queries/schema-version.js';
import { Failure } from '../errors.js';
import type { Cluster } from '../operations/cluster.js';
import { stampedId } from '../operations/stamped-id.js';
import type { Identity } from '../ports/identity.js';

/** Earlier runs of the same selection, newest first; none where the cluster cannot tell. */
export async function pastRuns(
  { database }: Cluster,
  selection: string,
  signal: AbortSignal,
): Promise<readonly PastRun[]> {
  try {
    const [runs] = await database.ask([doctorRuns(selection)], signal);
    return runs;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Failure) return [];
    throw error;
  }
}

/** Keeps a run with the cluster. Answers why not, where a login or tables do not allow it. */
export async function keepRun(
  { database }: Cluster,
  { identity, selection, report }: { readonly identity: Identity; readonly selection: string; readonly report: Report },
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const { ownTables } = await database.catalogue(signal);
    if (!ownTables.has('doctor_run')) return 'octo-ha has no tables for it in this cluster (octo-ha database migrate)';
    const [schema] = await database.ask([schemaVersion], signal);
    if ((schema?.minimumWriter ?? 0) > newestSchema) return 'this octo-ha is too old to write';
    const { at, verdict, counts, outcomes, durationMs } = report;
    const id = stampedId(at, identity);
    const findings = findingsOf(outcomes);
    const run = { id, who: identity.who, selection, verdict, counts, findings, durationMs };
    await database.change(keepDoctorRun(run), signal);
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Failure) return error.message;
    throw error;
  }
}
