import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

/** What tests want to find on this machine: one line a Debian package. Without it, tests skip by name. */
const servers = [
  { package: 'haproxy', probe: ['haproxy', '-v'], neededBy: 'load balancing of the lab' },
  { package: 'nginx', probe: ['nginx', '-v'], neededBy: 'configurations of nginx' },
  { package: 'libnginx-mod-stream', file: '/usr/lib/nginx/modules/ngx_stream_module.so', neededBy: 'streams of nginx' },
  { package: 'apache2', probe: ['apache2', '-v'], neededBy: 'configurations of Apache' },
  { package: 'caddy', probe: ['caddy', 'version'], neededBy: 'configurations of Caddy' },
  { package: 'openssl', probe: ['openssl', 'version'], neededBy: 'certificates of load balancers' },
  { package: 'openssh-server', probe: ['sshd', '-V'], neededBy: 'shells over ssh' },
  { package: 'sshfs', probe: ['sshfs', '--version'], neededBy: 'machines with disks of their own' },
  { package: 'samba', probe: ['smbd', '--version'], neededBy: 'shares of a file server' },
  { package: 'smbclient', probe: ['smbclient', '--version'], neededBy: 'shares of a file server' },
  { package: 'chromium', probe: ['chromium', '--version'], neededBy: "the page of doctor's report" },
  { package: 'tmux', probe: ['tmux', '-V'], neededBy: 'the terminal tests' },
  { package: 'zsh', probe: ['zsh', '--version'], neededBy: 'completion in zsh' },
  { package: 'fish', probe: ['fish', '--version'], neededBy: 'completion in fish' },
  { package: 'dbus', probe: ['dbus-run-session', '--version'], neededBy: 'the keyring' },
  { package: 'gnome-keyring', probe: ['gnome-keyring-daemon', '--version'], neededBy: 'the keyring' },
];

/** Programs of an administrator; not on everybody's PATH. */
export const path = [process.env['PATH'], '/usr/local/sbin', '/usr/sbin', '/sbin'].join(':');

const env = { ...process.env, PATH: path };
const isThere = ({ file, probe: [program, ...args] = [] }) =>
  file === undefined ? spawnSync(program, args, { env, stdio: 'ignore' }).error === undefined : existsSync(file);

/**
 * Installs what is missing, of these packages only if some are named, where that can be done without asking: as root on
 * Debian. Says what is missing elsewhere.
 */
export function ensureServers(...only) {
  const wanted = servers.filter((server) => only.length === 0 || only.includes(server.package));
  const missing = wanted.filter((server) => !isThere(server));
  if (missing.length === 0) return;
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) install(missing);
  for (const server of missing.filter((server) => !isThere(server))) {
    process.stdout.write(`without ${server.package} (Debian package): ${server.neededBy} will be skipped\n`);
  }
}

function install(missing) {
  const names = missing.map((server) => server.package);
  process.stdout.write(`installing ${names.join(', ')}\n`);
  withoutStartingServices(() => {
    apt('update', '--quiet=2');
    apt('install', '--quiet=2', '--yes', '--no-install-recommends', ...names);
  });
}

function apt(...args) {
  // Another run of the tests may be installing too.
  const waiting = ['-o', 'DPkg::Lock::Timeout=120'];
  const stdio = ['ignore', 'ignore', 'inherit'];
  spawnSync('apt-get', [...waiting, ...args], { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' }, stdio });
}

/**
 * A package starts its service when it is installed; the tests start their own, on ports of their own. Debian asks
 * this script before it starts one, and 101 means no. A script that is already there is the administrator's.
 */
function withoutStartingServices(act) {
  const policy = '/usr/sbin/policy-rc.d';
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    act();
  } finally {
    if (ours) rmSync(policy, { force: true });
  }
}
