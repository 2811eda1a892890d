import type { MachineAddress } from '../cluster/machine-address.js';
import type { ClusterContext, MachineLogin } from '../configuration/configuration.js';
import type { Secrets } from '../ports/secrets.js';
import type { Shell } from '../ports/shell.js';
import type { Terminal } from '../ports/terminal.js';
import type { AskSecret, SecretQuestion } from './ssh/credentials.js';

export interface Logins {
  readonly context: Pick<ClusterContext, 'ssh' | 'machines'>;
  readonly secrets: Secrets;
  readonly terminal: Pick<Terminal, 'interactive' | 'ask' | 'secret'>;
}

export interface ClusterShells extends AsyncDisposable {
  shellOn(node: string, address: MachineAddress): Promise<Shell>;
  octopusServerOn(node: string): string | undefined;
}

/** Shells on the nodes' machines, one a node. Drivers are loaded at the first one. */
export function clusterShells({ context, secrets, terminal }: Logins): ClusterShells {
  const opened = new Map<string, Promise<Shell>>();

  async function open(node: string, address: MachineAddress): Promise<Shell> {
    const own = loginFor(context.machines, node);
    if (own && 'local' in own) {
      const { localShell } = await import('./local-shell.js');
      return localShell({ sudo: own.sudo });
    }
    const { sshShell } = await import('./ssh/ssh-shell.js');
    const { config, ...shared } = context.ssh ?? {};
    const { password, passphrase, octopusServer: _, ...login } = { ...shared, ...own };
    const host = own?.host ?? address.host;
    const port = own?.port ?? address.port ?? shared.port;
    const ask: AskSecret = async (question, signal) => {
      const place = question.kind === 'password' ? password : question.kind === 'passphrase' ? passphrase : undefined;
      if (place !== undefined && !('prompt' in place)) return await secrets.read(place, signal);
      if (!terminal.interactive) return undefined;
      return await (isSecret(question) ? terminal.secret : terminal.ask)(questionText(question), signal);
    };
    return sshShell({ ...login, host, port, hostKeys: address.hostKeys }, { ask, configuration: { file: config } });
  }

  return {
    async shellOn(node, address) {
      // A host key that was accepted meanwhile makes it another shell.
      const key = [node.toLowerCase(), address.host, ...address.hostKeys].join(' ');
      const shell = opened.get(key) ?? open(node, address);
      opened.set(key, shell);
      return await shell;
    },
    octopusServerOn: (node) => loginFor(context.machines, node)?.octopusServer ?? context.ssh?.octopusServer,
    async [Symbol.asyncDispose]() {
      for (const shell of opened.values()) await (await shell.catch(() => undefined))?.[Symbol.asyncDispose]();
    },
  };
}

function loginFor(machines: ClusterContext['machines'], node: string): MachineLogin | undefined {
  const name = Object.keys(machines ?? {}).find((candidate) => candidate.toLowerCase() === node.toLowerCase());
  return name === undefined ? undefined : machines?.[name];
}

const isSecret = (question: SecretQuestion): boolean => question.kind !== 'prompt' || !question.echo;

function questionText(question: SecretQuestion): string {
  switch (question.kind) {
    case 'passphrase':
      return `Passphrase of ${question.file}:`;
    case 'password':
      return `Password of ${question.login}:`;
    case 'prompt':
      return `${question.login}: ${question.prompt}`;
    default:
      return question satisfies never;
  }
}
