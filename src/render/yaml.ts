import { stringify } from 'yaml';

/** A result as YAML, with instants as the JSON output has them. */
export const yamlText = (value: unknown): string => stringify(JSON.parse(JSON.stringify(value))).trimEnd();
