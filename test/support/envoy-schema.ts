import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import protobuf from 'protobufjs';

/** What may stand in a place that its schema leaves open, in the files of Envoy's API. */
const files = [
  'config/bootstrap/v3/bootstrap',
  'extensions/filters/http/router/v3/router',
  'extensions/filters/listener/proxy_protocol/v3/proxy_protocol',
  'extensions/filters/network/http_connection_manager/v3/http_connection_manager',
  'extensions/filters/network/tcp_proxy/v3/tcp_proxy',
  'extensions/retry/host/previous_hosts/v3/previous_hosts',
  'extensions/transport_sockets/tls/v3/tls',
];

/** JSON has its own forms for these: https://protobuf.dev/programming-guides/json/ */
const wellKnown: Readonly<Record<string, (value: unknown) => boolean>> = {
  'google.protobuf.Duration': (value) => typeof value === 'string' && /^\d+(\.\d+)?s$/.test(value),
  'google.protobuf.Struct': (value) => typeof value === 'object' && value !== null,
  'google.protobuf.UInt32Value': Number.isInteger,
  'google.protobuf.UInt64Value': Number.isInteger,
  'google.protobuf.BoolValue': (value) => typeof value === 'boolean',
  'google.protobuf.StringValue': (value) => typeof value === 'string',
};

const scalar = (type: string, value: unknown): boolean => {
  if (type === 'string' || type === 'bytes') return typeof value === 'string';
  if (type === 'bool') return typeof value === 'boolean';
  return type === 'double' || type === 'float' ? typeof value === 'number' : Number.isInteger(value);
};

/** Envoy's own API, as gRPC's client of it is shipped with it. */
export function loadEnvoyApi(): protobuf.Root {
  const { resolve } = createRequire(import.meta.url);
  const shipped = join(dirname(resolve('@grpc/grpc-js-xds/package.json')), 'deps');
  const places = ['envoy-api', 'googleapis', 'protoc-gen-validate', 'xds'].map((name) => join(shipped, name));
  places.push(dirname(resolve('protobufjs/package.json')));
  const root = new protobuf.Root();
  root.resolvePath = (_, name) => places.map((place) => join(place, name)).find((path) => existsSync(path)) ?? name;
  root.loadSync(
    files.map((file) => `envoy/${file}.proto`),
    { keepCase: true },
  );
  root.resolveAll();
  return root;
}

/** Where a document is not as the type of Envoy's API says, in words; it is right where there are none. */
export function envoyMistakes(api: protobuf.Root, document: unknown): readonly string[] {
  const mistakes: string[] = [];

  function message(type: protobuf.Type, value: unknown, path: string): void {
    const name = type.fullName.slice(1);
    const isKnown = wellKnown[name];
    if (isKnown !== undefined) {
      if (!isKnown(value)) mistakes.push(`${path}: ${JSON.stringify(value)} is no ${name}`);
      return;
    }
    if (typeof value !== 'object' || value === null) return void mistakes.push(`${path}: no ${name}`);
    if (name === 'google.protobuf.Any') return void any(value, path);
    for (const [key, one] of Object.entries(value)) field(type, key, one, `${path}.${key}`);
    for (const choice of type.oneofsArray) {
      const chosen = choice.fieldsArray.filter((member) => member.name in value).length;
      if (chosen > 1) mistakes.push(`${path}: more than one ${choice.name}`);
      if (chosen === 0 && choice.options?.['(validate.required)']) mistakes.push(`${path}: no ${choice.name}`);
    }
  }

  function any({ '@type': named, ...rest }: { '@type'?: string }, path: string): void {
    const found = api.lookup((named ?? '').replace('type.googleapis.com/', ''));
    if (found instanceof protobuf.Type) message(found, rest, path);
    else mistakes.push(`${path}: there is no type ${named}`);
  }

  function field(type: protobuf.Type, key: string, value: unknown, path: string): void {
    const known = type.fields[key]?.resolve();
    if (known === undefined) return void mistakes.push(`${path}: not in ${type.fullName}`);
    if (known.options?.['deprecated']) mistakes.push(`${path}: deprecated`);
    if (known.map) for (const [name, one] of Object.entries(value ?? {})) single(known, one, `${path}.${name}`);
    else if (!known.repeated) single(known, value, path);
    else if (Array.isArray(value)) value.forEach((one, i) => void single(known, one, `${path}[${i}]`));
    else mistakes.push(`${path}: no list`);
  }

  function single({ resolvedType, type }: protobuf.Field, value: unknown, path: string): void {
    if (resolvedType instanceof protobuf.Type) return void message(resolvedType, value, path);
    const right = resolvedType === null ? scalar(type, value) : Object.hasOwn(resolvedType.values, String(value));
    if (!right) mistakes.push(`${path}: ${JSON.stringify(value)} is no ${type}`);
  }

  message(api.lookupType('envoy.config.bootstrap.v3.Bootstrap'), document, '$');
  return mistakes;
}
