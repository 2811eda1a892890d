import { chmodSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localShell } from '../../src/adapters/local-shell.js';
import { systemClock } from '../../src/adapters/system-clock.js';
import type { Machine } from '../../src/operations/machine/machine.js';
import type { Shell } from '../../src/ports/shell.js';

/**
 * Stands in for systemd: one unit, whose state is in files beside it. Its exit codes and words are those of the real
 * one, as are `not-found` for a unit that does not exist and the refusal to mask a unit in /etc.
 */
const systemctl = `#!/bin/sh
here=\${0%/*}/..
echo "systemctl $*" >>"$here/calls"
for unit; do :; done
active=$(cat "$here/active")
start=$(cat "$here/start")
if [ "$unit" = missing ] && [ "$1" != show ]; then echo "Unit missing.service could not be found." >&2; exit 5; fi
case $1 in
show)
  if [ "$unit" = missing ]; then printf 'LoadState=not-found\\nActiveState=inactive\\nUnitFileState=\\n'; exit; fi
  printf 'LoadState=loaded\\nActiveState=%s\\nUnitFileState=%s\\n' "$active" "$start" ;;
is-enabled) echo "$start"; [ "$start" = enabled ] ;;
start) if [ "$start" = masked ]; then echo "Unit $unit is masked." >&2; exit 1; fi; echo active >"$here/active" ;;
stop) echo inactive >"$here/active" ;;
enable) echo enabled >"$here/start" ;;
disable) if [ "$start" = enabled ]; then echo disabled >"$here/start"; fi ;;
mask) if [ -e "$here/in-etc" ]; then echo "Failed to mask unit: File exists" >&2; exit 1; fi; echo masked >"$here/start" ;;
unmask) if [ "$start" = masked ]; then echo disabled >"$here/start"; fi ;;
reboot) ;;
esac
`;

/**
 * Stands in for Docker: one container named octopus, whose variables are a file. Its exit codes and words are Docker's,
 * as are the templates that octo-ha asks by. What is executed in the container is executed on this machine.
 */
const docker = `#!/bin/sh
here=\${0%/*}/..
echo "docker $*" >>"$here/calls"
for container; do :; done
status=$(cat "$here/active")
policy=$(cat "$here/start")
if [ "$1" = exec ]; then
  shift
  while case $1 in -*) : ;; *) ! : ;; esac; do shift; done
  container=$1
  shift
fi
missing="Error response from daemon: No such container: $container"
if [ "$container" != octopus ]; then echo "$missing" >&2; exit 1; fi
case $1 in
/Octopus/Octopus.Server)
  if [ "$status" != running ]; then echo "Error response from daemon: container $container is not running" >&2; exit 1; fi
  case $2 in version) echo 2025.4.1000 ;; list-instances) echo '[]' ;; node) ;; *) exit 1 ;; esac ;;
inspect)
  for format; do case $format in *'{{'*) break ;; esac; done
  case $format in
  '{{.State.Status}} {{.Config.Image}}') echo "$status octopusdeploy/octopusdeploy:2025.4.1000" ;;
  '{{range .Config.Env}}{{println .}}{{end}}') cat "$here/variables"; echo ;;
  '{{.State.Status}} {{.HostConfig'*) echo "$status $policy" ;;
  '{{.HostConfig'*) echo "$policy" ;;
  *) echo "template parsing error" >&2; exit 64 ;;
  esac ;;
start) echo running >"$here/active" ;;
stop) echo exited >"$here/active" ;;
sh | cat) exec "$@" ;;
update) case $2 in --restart=*:*) echo "\${2#--restart=}" ;; *) echo "\${2#--restart=}:0" ;; esac >"$here/start" ;;
esac
`;

export interface LinuxMachine extends AsyncDisposable {
  readonly directory: string;
  readonly machine: Machine;
  /** The same machine by another shell. */
  by(shell: Shell): Machine;
  path(name: string): string;
  read(name: string): Promise<string>;
  write(name: string, text: string): Promise<void>;
  readonly environment: Readonly<Record<string, string>>;
}

/** This machine, with its own directory of records and stand-ins for what would change it. */
export async function linuxMachine({
  manager = 'systemd',
  sh,
}: {
  readonly manager?: 'systemd' | 'docker';
  /** A program to be `sh`. */
  readonly sh?: string;
} = {}): Promise<LinuxMachine> {
  const directory = await mkdtemp(join(tmpdir(), 'octo-ha-machine-'));
  const path = (name: string) => join(directory, name);
  const write = (name: string, text: string) => writeFile(path(name), text);
  await mkdir(path('bin'));
  await write('bin/systemctl', systemctl);
  await write('bin/docker', docker);
  for (const program of ['bin/systemctl', 'bin/docker']) chmodSync(path(program), 0o755);
  if (sh !== undefined) await symlink(sh, path('bin/sh'));
  await write('calls', '');
  await write('variables', '');
  await write('active', manager === 'docker' ? 'running\n' : 'active\n');
  await write('start', manager === 'docker' ? 'unless-stopped:0\n' : 'enabled\n');

  const environment = { PATH: `${path('bin')}:${process.env['PATH']}` };
  const by = (shell: Shell): Machine => ({
    name: 'node-1',
    shell,
    clock: systemClock,
    service: { manager, name: 'octopus' },
    state: path('state'),
  });
  return {
    directory,
    environment,
    machine: by(localShell({ environment })),
    by,
    path,
    read: (name) => readFile(path(name), 'utf8').catch(() => ''),
    write,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
