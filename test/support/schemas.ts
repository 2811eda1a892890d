import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';

const ajv = new Ajv2020({ formats: { 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/ } });

/** Holds an output to its published schema, `schemas/NAME.schema.json`, and gives it back. */
export async function matchesSchema(name: string, output: string): Promise<Record<string, unknown>> {
  const path = fileURLToPath(new URL(`../../schemas/${name}.schema.json`, import.meta.url));
  const validate = ajv.getSchema(name) ?? ajv.addSchema(JSON.parse(await readFile(path, 'utf8')), name).getSchema(name);
  const value: unknown = JSON.parse(output);
  assert.ok(validate?.(value), `${name}: ${ajv.errorsText(validate?.errors)}\n${output}`);
  return value as Record<string, unknown>;
}
