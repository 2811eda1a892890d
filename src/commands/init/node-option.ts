import type { NodeAnswer } from '../../configuration/answers.js';
import { Failure } from '../../errors.js';
import type { Option } from '../command.js';
import { wholeNumber } from '../value-rule.js';

const managers = ['windows', 'systemd', 'docker'] as const;

/** Reads `HOST` or `HOST,name=NAME,url=URL,cap=N`. */
export function parseNode(text: string): NodeAnswer {
  const [host = '', ...parts] = text.split(',').map((part) => part.trim());
  if (!/^[A-Za-z0-9_:[][A-Za-z0-9._:[\]-]*$/.test(host))
    throw new Failure('usage', `${text} does not begin with a host`);
  let node: NodeAnswer = { host };
  for (const part of parts) {
    const [, key = part, value = ''] = /^([a-z-]+)=(.+)$/i.exec(part) ?? [];
    node = { ...node, ...entry(key, value, node) };
  }
  return node;
}

function entry(key: string, value: string, before: NodeAnswer): Partial<NodeAnswer> {
  if (value !== '') {
    switch (key) {
      case 'name':
      case 'service':
      case 'instance':
        return { [key]: value };
      case 'url':
        if (/^https?:\/\//.test(value)) return { url: value };
        throw new Failure('usage', `${value} is no web address of a node`);
      case 'manager': {
        const manager = managers.find((one) => one === value);
        if (manager !== undefined) return { manager };
        throw new Failure('usage', `${value} is none of ${managers.join(', ')}`);
      }
      case 'port':
        return { port: wholeNumber(value, 1, 65_535) };
      case 'cap':
        return { cap: wholeNumber(value, 0, 50) };
      case 'host-key':
        return { hostKeys: [...(before.hostKeys ?? []), value] };
    }
  }
  throw new Failure('usage', `${key} is nothing that a node is described by`, {
    hint: 'Write HOST,name=NAME,url=URL,port=N,manager=WHAT,service=NAME,instance=NAME,cap=N,host-key=KEY',
  });
}

export const nodeOption: Option<readonly NodeAnswer[]> = {
  kind: 'list',
  value: 'HOST[,url=URL,…]',
  help: 'a machine of the cluster: also name=, cap=, port=, manager=, service=, instance=, host-key=; can be repeated',
  initial: [],
  parse: (raw) => [parseNode(raw)],
};
