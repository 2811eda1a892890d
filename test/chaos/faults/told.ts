import type { FaultLab, Undo } from '../../support/chaos/fault-lab.js';

/** Octopus tells something else of itself. */
export async function told(
  lab: FaultLab,
  id: string,
  more: Readonly<Record<string, unknown>> | readonly unknown[],
): Promise<Undo> {
  const [row] = await lab.rows(`SELECT JSON AS json FROM dbo.Configuration WHERE Id = '${id}'`);
  const before = String(row?.['json']);
  const after = Array.isArray(more) ? more : { ...(JSON.parse(before) as object), ...more };
  const put = (json: string) => lab.execute('UPDATE dbo.Configuration SET JSON = ? WHERE Id = ?', json, id);
  await put(JSON.stringify(after));
  return () => put(before);
}
