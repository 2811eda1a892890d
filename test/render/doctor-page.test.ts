import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { type Browser, chromium } from 'playwright-core';
import { checks as all } from '../../src/checks/index.js';
import { type Outcome, statuses } from '../../src/checks/outcome.js';
import { type Report, summed } from '../../src/checks/report.js';
import { doctorHtml } from '../../src/render/doctor/html.js';
import { aNode, now } from '../checks/cases/case.js';

/** A third of them, of every subject and kind: judging what can be read takes Chromium long. */
const checks = all.filter((_, i) => i % 3 === 0);
const missing = spawnSync('chromium', ['--version']).error !== undefined && 'Chromium is not installed (chromium)';
const names = Array.from({ length: 3 }, (_, i) => `octopus-server-${i + 1}.corp.example.com`);

/** Every check, on every node where it looks at nodes, in every state. */
const outcomes = checks.flatMap((check, i): readonly Outcome[] => {
  const one = (node: string | null, j: number): Outcome => {
    const status = statuses[(i + j) % statuses.length] ?? 'pass';
    const problem =
      status === 'pass' ? null : `something that is wrong with ${'a-long-name-without-a-break-'.repeat(6)}`;
    return {
      ...{ check, node, status, problem, observedFrom: node ?? 'admin', durationMs: 12, fix: null },
      remedy: status === 'fail' || status === 'warn' ? check.cure : null,
      evidence: status === 'fail' ? { seen: 'this <b>and</b> that', list: ['one', 'two'] } : {},
    };
  };
  return check.kind === 'node' ? names.map(one) : [one(null, 0)];
});

const report: Report = {
  ...summed(outcomes),
  ...{
    at: now,
    durationMs: 1_234,
    nodes: names.map((name) => aNode(name)),
    balancer: 'https://octopus.corp.example.com',
  },
  cluster: { context: 'production', server: 'sql1', database: 'Octopus', version: '2025.4.1000' },
  storage: ['\\\\files\\octopus\\Packages', '\\\\files\\octopus\\TaskLogs', '/mnt/exports'],
  history: [
    {
      ...{ id: '1', at: now, who: 'anna@desk', selection: '', verdict: 'warn', counts: { pass: 90, warn: 2 } },
      ...{ findings: [], durationMs: 900 },
    },
  ],
  changes: { since: now, new: [{ key: 'nodes/ping web-1', status: 'fail', problem: 'down' }], still: [], gone: [] },
};

describe('the page of a report, in Chromium', { skip: missing }, () => {
  let directory: string;
  let address: string;
  let browser: Browser;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'octo-ha-page-'));
    const file = join(directory, 'report.html');
    await writeFile(file, doctorHtml(report));
    address = pathToFileURL(file).href;
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  });

  after(async () => {
    await browser?.close();
    await rm(directory, { recursive: true, force: true });
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`can be read by everybody in ${colorScheme} mode`, async () => {
      await using page = await openPage({ colorScheme });

      await page.evaluate(axe.source);
      const { violations } = (await page.evaluate('axe.run()')) as axe.AxeResults;

      assert.deepEqual(
        violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
        [],
      );
    });
  }

  test('asks for nothing else, and has no script', async () => {
    const asked: string[] = [];
    const page = await browser.newPage();
    page.on('request', (request) => asked.push(request.url()));
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));

    await page.goto(address);

    assert.deepEqual(asked, [address]);
    assert.deepEqual(complaints, []);
    assert.equal(await page.locator('script, img, link, iframe').count(), 0);
    await page.close();
  });

  test('tells the verdict first, draws the cluster and fills the matrix', async () => {
    await using page = await openPage({});

    assert.equal(await page.locator('h1').textContent(), 'production unhealthy');
    assert.equal(await page.locator('.picture .box').count(), names.length + 3);
    const storage = page.locator('.picture .box', { hasText: 'shared storage' }).locator('span').first();
    assert.equal(await storage.textContent(), '\\\\files\\octopus, /mnt/exports');
    const onNodes = checks.filter(({ kind }) => kind === 'node').length;
    assert.equal(await page.locator('table.matrix tbody tr').count(), onNodes);
    assert.equal(await page.locator('table.matrix tbody td').count(), onNodes * names.length);
    const found = outcomes.filter(({ status }) => ['warn', 'fail', 'unknown', 'crash'].includes(status)).length;
    assert.equal(await page.locator('article.finding').count(), found);
    assert.equal(await page.locator('article.finding b b').count(), 0);
  });

  for (const [where, width] of [
    ['a telephone', 360],
    ['a desk', 1_280],
  ] as const) {
    test(`fits ${where} without scrolling sideways`, async () => {
      await using page = await openPage({ viewport: { width, height: 800 } });

      const wide = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

      assert.equal(wide, 0);
    });
  }

  test('prints with dark ink on white, whatever the mode', async () => {
    await using page = await openPage({ colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });

    const [ink, paper] = (await page.evaluate(
      '(({ color, backgroundColor }) => [color, backgroundColor])(getComputedStyle(document.body))',
    )) as string[];

    assert.deepEqual([ink, paper], ['rgb(0, 0, 0)', 'rgb(255, 255, 255)']);
    assert.ok((await page.pdf()).length > 10_000);
  });

  async function openPage(options: Parameters<Browser['newPage']>[0]) {
    const page = await browser.newPage(options);
    await page.goto(address);
    return Object.assign(page, { [Symbol.asyncDispose]: () => page.close() });
  }
});
