import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../../src/adapters/find-program.js';

/** What Debian builds into its Apache. */
const builtIn = ['core', 'so', 'watchdog', 'http_core', 'log_config', 'logio', 'version', 'unixd'];
const apacheModules = '/usr/lib/apache2/modules';
const wanted = [
  ...['mpm_event', 'authz_core', 'authz_host', 'proxy', 'proxy_http', 'proxy_balancer', 'proxy_hcheck', 'ssl'],
  ...['lbmethod_byrequests', 'slotmem_shm', 'socache_shmcb', 'headers', 'remoteip', 'reqtimeout', 'setenvif'],
];

/** A load balancer of this machine, started as an ordinary process with files of its own. */
export interface BalancerProgram {
  /** As octo-ha names the product. */
  readonly name: string;
  /** `undefined` where it is not installed. */
  readonly file: string | undefined;
  /** The configuration that is tested: octo-ha's own, or one that includes it. */
  main(folder: string, rendered: string): Promise<string>;
  /** The same for one of several that run beside each other, from the format that can be included. */
  readonly live?: { readonly format: string; main(folder: string, rendered: string): Promise<string> };
  test(main: string): readonly string[];
  /** In the foreground. */
  run(main: string): readonly string[];
  reload(main: string, pid: number): Promise<void> | void;
}

const itself = async (_folder: string, rendered: string) => rendered;

/** nginx and Apache write where Debian's services do, which a test leaves alone. */
export const balancerPrograms: readonly BalancerProgram[] = [
  {
    name: 'haproxy',
    file: await findProgram('haproxy'),
    main: itself,
    test: (main) => ['-c', '-f', main],
    run: (main) => ['-W', '-db', '-f', main],
    reload: (_main, pid) => void process.kill(pid, 'SIGUSR2'),
  },
  {
    name: 'nginx',
    file: await findProgram('nginx'),
    main: itself,
    live: {
      format: 'conf.d',
      async main(folder, rendered) {
        const main = join(folder, 'nginx.conf');
        const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
          (name) => `${name}_temp_path "${folder}/${name}";`,
        );
        await writeFile(
          main,
          [
            `pid "${folder}/nginx.pid";`,
            'worker_processes 2;',
            'events { worker_connections 512; }',
            'http {',
            'access_log off;',
            ...temporary,
            `include "${rendered}";`,
            '}',
          ].join('\n'),
        );
        return main;
      },
    },
    test: (main) => ['-t', ...nginxPlace(main), '-c', main],
    run: (main) => [...nginxPlace(main), '-c', main, '-g', 'daemon off;'],
    reload: (_main, pid) => void process.kill(pid, 'SIGHUP'),
  },
  {
    name: 'apache',
    file: await findProgram('apache2'),
    async main(folder, rendered) {
      const there = await readdir(apacheModules);
      const main = join(folder, 'httpd.conf');
      await writeFile(
        main,
        [
          `ServerRoot "${folder}"`,
          `PidFile "${folder}/httpd.pid"`,
          `DefaultRuntimeDir "${folder}"`,
          'ServerName localhost',
          `ErrorLog "${folder}/error.log"`,
          'LogLevel warn',
          ...wanted
            .filter((name) => !builtIn.includes(name) && there.includes(`mod_${name}.so`))
            .map((name) => `LoadModule ${name}_module ${apacheModules}/mod_${name}.so`),
          `Include "${rendered}"`,
        ].join('\n'),
      );
      return main;
    },
    test: (main) => ['-t', '-f', main],
    run: (main) => ['-D', 'FOREGROUND', '-f', main],
    reload: (_main, pid) => void process.kill(pid, 'SIGUSR1'),
  },
  {
    name: 'caddy',
    file: await findProgram('caddy'),
    main: itself,
    live: {
      format: 'Caddyfile',
      // Its own place for reloads, so that several can run beside each other.
      async main(folder, rendered) {
        const main = join(folder, 'Caddyfile');
        const text = await readFile(rendered, 'utf8');
        const place = `    admin "unix/${main}.admin"\n`;
        await writeFile(
          main,
          text.startsWith('http') ? `{\n${place}}\n${text}` : text.replace(/^\{\n/m, `{\n${place}`),
        );
        return main;
      },
    },
    test: (main) => ['validate', '--adapter', 'caddyfile', '--config', main],
    run: (main) => ['run', '--adapter', 'caddyfile', '--config', main],
    reload: (main) => {
      const { status, stderr } = spawnSync(
        'caddy',
        ['reload', '--adapter', 'caddyfile', '--config', main, '--address', caddyAdmin(main)],
        { encoding: 'utf8' },
      );
      if (status !== 0) throw new Error(stderr);
    },
  },
];

const nginxPlace = (main: string): readonly string[] => ['-e', `${main}.log`];

/** Caddy's port for reloads; the test's own, so that two of them can run at once. */
const caddyAdmin = (main: string): string => `unix/${main}.admin`;

export const missing = ({ name, file }: BalancerProgram): string | false =>
  file === undefined && `${name} is not installed`;

export function testsConfiguration(program: BalancerProgram, main: string): string | true {
  const { status, stdout, stderr } = spawnSync(program.file ?? '', program.test(main), { encoding: 'utf8' });
  return status === 0 || `${stdout}${stderr}`;
}

/** A folder with a certificate for localhost and 127.0.0.1, which is its own authority. */
export async function certificateFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'octo-ha balancer-'));
  const name = join(path, 'octo ha');
  const { status, stderr } = spawnSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/CN=localhost'],
      ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1,DNS:octopus.example.com'],
      ...['-keyout', `${name}.key`, '-out', `${name}.crt`],
    ],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`openssl: ${stderr}`);
  spawnSync('sh', ['-c', 'cat "$1.crt" "$1.key" > "$1.pem"', 'sh', name]);
  if (!existsSync(`${name}.pem`)) throw new Error('no certificate was made');
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
