import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import SshConfig from 'ssh-config';
import { Failure } from '../../errors.js';
import { findProgram } from '../find-program.js';
import {
  assertHarmless,
  type Destination,
  type HostSettings,
  type Keywords,
  type Surroundings,
  toSettings,
} from './host-settings.js';

export interface ConfigurationSource {
  /** Read instead of the person's and the system's own. */
  readonly file?: string | undefined;
  /** The program `ssh`; `null` for a machine without one. Looked for where it is left out. */
  readonly ssh?: string | null | undefined;
}

/**
 * What the administrator's ssh configuration says of a host. OpenSSH itself is asked where it is installed, since only
 * it reads everything (`Include`, `Match`, `CanonicalizeHostname`) the way it does.
 */
export async function settingsOf(
  destination: Destination,
  source: ConfigurationSource,
  signal: AbortSignal,
): Promise<HostSettings> {
  assertHarmless(destination);
  const ssh =
    source.ssh === undefined ? await findProgram(process.platform === 'win32' ? 'ssh.exe' : 'ssh') : source.ssh;
  const keywords = ssh ? await askSsh(ssh, destination, source, signal) : await readFiles(destination, source);
  return toSettings(destination, keywords, surroundings());
}

function surroundings(): Surroundings {
  const windowsAgent = process.platform === 'win32' ? '\\\\.\\pipe\\openssh-ssh-agent' : undefined;
  return { home: homedir(), user: userInfo().username, agent: process.env['SSH_AUTH_SOCK'] ?? windowsAgent };
}

function askSsh(
  ssh: string,
  destination: Destination,
  { file }: ConfigurationSource,
  signal: AbortSignal,
): Promise<Keywords> {
  const { host, user, port } = destination;
  const args = [
    '-G',
    ...(file === undefined ? [] : ['-F', file]),
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    '--',
    host,
  ];
  return new Promise((resolve, reject) => {
    execFile(ssh, args, { signal, timeout: 30_000, windowsHide: true }, (error, stdout, stderr) => {
      if (signal.aborted) return reject(signal.reason);
      if (error) {
        return reject(
          new Failure('usage', `ssh cannot read its configuration for ${host}: ${stderr.trim() || error.message}`),
        );
      }
      resolve(collect(stdout.split(/\r?\n/).map((line) => line.split(/ (.*)/s) as [string, string?])));
    });
  });
}

/** The first value of a keyword counts, so those of the person's own file come first. */
async function readFiles({ host }: Destination, { file }: ConfigurationSource): Promise<Keywords> {
  const system =
    process.platform === 'win32' ? join(process.env['ProgramData'] ?? 'C:\\ProgramData', 'ssh') : '/etc/ssh';
  const own = join(homedir(), '.ssh');
  const files = file === undefined ? [join(own, 'config'), join(system, 'ssh_config')] : [file];
  const texts = await Promise.all(files.map((path) => readFile(path, 'utf8').catch(() => '')));
  const configured = texts.flatMap((text) => Object.entries(SshConfig.parse(text).compute(host, { ignoreCase: true })));
  const defaults: readonly [string, string][] = [
    ...['id_rsa', 'id_ecdsa', 'id_ed25519'].map((name): [string, string] => ['identityfile', join(own, name)]),
    ['userknownhostsfile', `${join(own, 'known_hosts')} ${join(own, 'known_hosts2')}`],
    ['globalknownhostsfile', `${join(system, 'ssh_known_hosts')} ${join(system, 'ssh_known_hosts2')}`],
  ];
  const said = collect(
    configured.flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one])),
  );
  return new Map([...collect(defaults), ...said]);
}

function collect(lines: readonly (readonly [string, string?])[]): Keywords {
  const keywords = new Map<string, string[]>();
  for (const [name, value = ''] of lines) {
    if (name !== '') keywords.set(name.toLowerCase(), [...(keywords.get(name.toLowerCase()) ?? []), value]);
  }
  return keywords;
}
