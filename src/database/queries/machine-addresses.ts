import * as z from 'zod/mini';
import { parseJson } from '../../cluster/json.js';
import type { MachineAddress } from '../../cluster/machine-address.js';
import { nodeKey } from '../../cluster/node.js';
import type { Effect, Question } from '../database.js';
import { db } from '../own-tables-builder.js';

const row = z.object({ node_id: z.string(), address: z.string() });

/** A name that a service manager takes; it becomes an argument, and never begins with a dash. */
const serviceName = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9 ._:@-]{0,199}$/));

const address = z.object({
  host: z.string().check(z.regex(/^[A-Za-z0-9_:[][A-Za-z0-9._:[\]-]{0,254}$/)),
  port: z.optional(z.number().check(z.int(), z.minimum(1), z.maximum(65_535))),
  manager: z.enum(['systemd', 'windows', 'docker']),
  service: serviceName,
  instance: serviceName,
  hostKeys: z.array(z.string().check(z.regex(/^[a-z0-9@.-]+ SHA256:[A-Za-z0-9+/]{43}$/))),
});

/** Rejects with a `ZodError` what is no address of a machine. */
export const parseMachineAddress = (value: unknown): MachineAddress => address.parse(value);

/** How each node's machine is reached, by the node's Id as `nodeKey` has it; one that cannot be understood is left out. */
export const machineAddresses: Question<ReadonlyMap<string, MachineAddress>> = {
  ask: (builder) =>
    builder.ownTables.has('machine') ? db(builder).selectFrom('octo_ha.machine').select(['node_id', 'address']) : null,
  answer: (rows) =>
    new Map(
      rows
        .map((raw) => row.parse(raw))
        .flatMap(({ node_id, address: text }) => {
          const parsed = address.safeParse(parseJson(text));
          return parsed.success ? [[nodeKey(node_id), parsed.data] as const] : [];
        }),
    ),
};

/** Replaces what is kept of a node's machine. */
export const keepMachineAddress = (nodeId: string, machine: MachineAddress): readonly Effect[] =>
  keepMachineAddresses([{ nodeId, machine }]);

/** The same of several nodes, in as many statements. */
export function keepMachineAddresses(
  kept: readonly { readonly nodeId: string; readonly machine: MachineAddress }[],
): readonly Effect[] {
  if (kept.length === 0) return [];
  const ids = kept.map(({ nodeId }) => nodeId);
  const rows = kept.map(({ nodeId, machine }) => ({
    node_id: nodeId,
    address: JSON.stringify(address.parse(machine)),
  }));
  return [
    { rows: 'any', statement: (builder) => db(builder).deleteFrom('octo_ha.machine').where('node_id', 'in', ids) },
    { rows: rows.length, statement: (builder) => db(builder).insertInto('octo_ha.machine').values(rows) },
  ];
}
