/**
 * The picture of doctor's HTML page in the README: of a lab in which one node was killed and another is drained, taken
 * with Debian's Chromium. Writes docs/images/doctor.png.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('..', import.meta.url));
const directory = await mkdtemp(join(tmpdir(), 'octo-ha-'));
const env = {
  ...process.env,
  OCTO_HA_CONFIG: join(directory, 'config.yaml'),
  OCTO_HA_LAB_HOME: join(directory, 'lab'),
};

function octoHa(line, codes = [0]) {
  const argv = [join(root, 'bin/octo-ha.js'), ...line.split(' ')];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { env, encoding: 'utf8' });
  if (!codes.includes(status)) throw new Error(`octo-ha ${line} exited with ${status}\n${stderr}`);
  return stdout;
}

const report = join(directory, 'doctor.html');
try {
  octoHa('lab up --nodes 3 --unwatched');
  octoHa('doctor --wait 60s');
  octoHa('node drain node-2 --yes --reason patches');
  const { nodes } = JSON.parse(octoHa('lab status --json'));
  process.kill(nodes.find(({ name }) => name === 'node-3').pid, 'SIGKILL');
  const isMissed = () => JSON.parse(octoHa('status --json')).nodes.some(({ state }) => state === 'offline');
  for (const until = Date.now() + 60_000; !isMissed(); ) {
    if (Date.now() > until) throw new Error('nobody misses node-3');
  }
  octoHa(`doctor --report ${report}`, [0, 4]);
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  const page = await browser.newPage({ viewport: { width: 1_100, height: 760 }, colorScheme: 'light' });
  await page.goto(pathToFileURL(report).href);
  await mkdir(join(root, 'docs/images'), { recursive: true });
  await page.screenshot({ path: join(root, 'docs/images/doctor.png') });
  await browser.close();
} finally {
  octoHa('lab down');
  await rm(directory, { recursive: true, force: true });
}
