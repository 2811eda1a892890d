import type { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import { parseDocument } from 'yaml';

type Database = ReturnType<typeof loadAwsServiceSpecSync>;
type Properties = NonNullable<ReturnType<typeof resourceOf>>['properties'];
type Type = Properties[string]['type'];

const resourceOf = (specification: Database, type: string) =>
  specification.lookup('resource', 'cloudFormationType', 'equals', type)[0];

const functions = ['Ref', 'GetAtt', 'Sub', 'Select', 'Join', 'If'];

/** A template as a document: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html */
export const readTemplate = (text: string): unknown =>
  parseDocument(text, {
    customTags: functions.map((name) => ({ tag: `!${name}`, resolve: (value: string) => ({ [`!${name}`]: value }) })),
  }).toJS();

const isComputed = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && functions.some((name) => `!${name}` in value);

/** Where resources are not as AWS' own specification says, in words; they are right where there are none. */
export function cloudFormationMistakes(specification: Database, template: unknown): readonly string[] {
  const mistakes: string[] = [];

  function properties(known: Properties, value: object, path: string): void {
    for (const [name, one] of Object.entries(value)) {
      const property = known[name];
      if (property === undefined) mistakes.push(`${path}.${name}: there is no such property`);
      else single(property.type, one, `${path}.${name}`);
    }
    for (const [name, { required }] of Object.entries(known)) {
      if (required && !(name in value)) mistakes.push(`${path}: ${name} is missing`);
    }
  }

  function single(type: Type, value: unknown, path: string): void {
    if (isComputed(value)) return;
    const is = (right: boolean) => right || mistakes.push(`${path}: ${JSON.stringify(value)} is no ${type.type}`);
    switch (type.type) {
      case 'string':
        return void is(typeof value === 'string');
      case 'boolean':
        return void is(typeof value === 'boolean');
      case 'integer':
        return void is(Number.isInteger(value));
      case 'number':
        return void is(typeof value === 'number');
      case 'array':
        if (Array.isArray(value)) value.forEach((one, i) => void single(type.element, one, `${path}[${i}]`));
        else is(false);
        return;
      case 'ref': {
        const { properties: known } = specification.get('typeDefinition', type.reference.$ref);
        if (typeof value === 'object' && value !== null) properties(known, value, path);
        else is(false);
        return;
      }
      case 'tag':
      case 'json':
        return;
      default:
        mistakes.push(`${path}: a ${type.type} is not looked at`);
    }
  }

  const { Resources } = template as { Resources: Record<string, { Type: string; Properties: object }> };
  for (const [name, { Type, Properties }] of Object.entries(Resources)) {
    const resource = resourceOf(specification, Type);
    if (resource === undefined) mistakes.push(`${name}: there is no ${Type}`);
    else properties(resource.properties, Properties, name);
  }
  return mistakes;
}
