import type { Check } from '../../checks/check.js';
import { subjectOf } from '../../checks/check.js';
import type { Outcome } from '../../checks/outcome.js';
import type { Report } from '../../checks/report.js';

/** One outcome, also a line of `-o ndjson`. */
export const outcomeJson = ({ check, observedFrom, node, status, problem, remedy, evidence, durationMs }: Outcome) => ({
  id: check.id,
  title: check.title,
  subject: subjectOf(check),
  node,
  observedFrom,
  status,
  problem,
  remedy: remedy && { text: remedy.text, commands: remedy.commands ?? [] },
  evidence,
  durationMs,
});

export const doctorJson = ({ verdict, counts, outcomes, at, durationMs, cluster, changes }: Report) => ({
  verdict,
  counts,
  results: outcomes.map(outcomeJson),
  at,
  durationMs,
  cluster,
  changes,
});

export const checkListJson = (checks: readonly Check[]) => ({
  checks: checks.map((check) => ({ id: check.id, title: check.title, subject: subjectOf(check) })),
});
