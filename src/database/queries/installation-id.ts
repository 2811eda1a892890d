import { sql } from 'kysely';
import * as z from 'zod/mini';
import { parseJson } from '../../cluster/json.js';
import { column } from '../columns.js';
import type { Question } from '../database.js';

const row = z.object({ json: z.nullable(z.string()) });
const configuration = z.object({ InstallationId: z.string() });

/** The id that Octopus gave this installation, where its support pages name it; `undefined` where it is not there. */
export const installationId: Question<string | undefined> = {
  ask: ({ shape }) =>
    shape.configuration &&
    sql`SELECT ${column('c', shape.configuration.json)} AS json FROM dbo.Configuration AS c
      WHERE ${column('c', shape.configuration.id)} = 'upgradeavailability'`,
  answer([first]) {
    if (first === undefined) return undefined;
    const { json } = row.parse(first);
    const parsed = configuration.safeParse(parseJson(json ?? ''));
    return parsed.success ? parsed.data.InstallationId : undefined;
  },
};
