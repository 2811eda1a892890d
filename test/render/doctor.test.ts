import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import type { Check } from '../../src/checks/check.js';
import { checks } from '../../src/checks/index.js';
import { type Outcome, type Status, statuses } from '../../src/checks/outcome.js';
import { type Report, summed } from '../../src/checks/report.js';
import { endingOf } from '../../src/render/doctor/formats.js';
import { doctorHtml } from '../../src/render/doctor/html.js';
import { doctorJunit } from '../../src/render/doctor/junit.js';
import { doctorMarkdown } from '../../src/render/doctor/markdown.js';
import { doctorSarif } from '../../src/render/doctor/sarif.js';
import { doctorText } from '../../src/render/doctor/text.js';
import { aNode } from '../checks/cases/case.js';
import { RecordingTerminal } from '../support/recording-terminal.js';

const check = checks.find(({ id }) => id === 'nodes/heartbeat') as Check;

const outcome = (status: Status, more: Partial<Outcome> = {}): Outcome => ({
  ...{ check, observedFrom: 'admin', node: 'web-1', status, evidence: {}, durationMs: 3, fix: null },
  problem: status === 'pass' ? null : 'it was last seen 3m ago',
  remedy: status === 'pass' || status === 'skip' ? null : check.cure,
  ...more,
});

const report = (outcomes: readonly Outcome[], more: Partial<Report> = {}): Report => ({
  ...summed(outcomes),
  ...{ at: new Date('2026-11-24T12:00:00Z'), durationMs: 812, nodes: [aNode('web-1')], balancer: null, storage: [] },
  ...{
    cluster: { context: 'prod', server: 'sql1', database: 'Octopus', version: '2025.4.1' },
    history: [],
    changes: null,
  },
  ...more,
});

/** Words that somebody may have put into a name or a value, to break out of where it stands. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '</script><script>alert(1)</script>',
    '" onload="x',
    ']]>',
    '<!--',
    '&amp;',
    '`',
    '```',
    '| x |',
    '\u001b[31m',
    '\ud800',
    '\u0000',
    '\u202e',
    '-->',
    "'",
    '$(reboot)',
  ),
);

const outcomes = fc.array(
  fc
    .record({ status: fc.constantFrom(...statuses), words: hostile, node: fc.option(hostile), evidence: hostile })
    .map(({ status, words, node, evidence }) =>
      outcome(status, {
        node,
        problem: status === 'pass' ? null : words,
        remedy: status === 'fail' ? { text: words, commands: [words] } : null,
        evidence: { said: evidence, list: [evidence] },
      }),
    ),
  { maxLength: 6 },
);

const paint = new RecordingTerminal().out;

describe('every format of a report', () => {
  test('JUnit is well-formed XML whose counts are those of the run, whatever is in it', () => {
    fc.assert(
      fc.property(outcomes, (all) => {
        const xml = doctorJunit(report(all));

        const tests = wellFormed(xml);
        assert.equal(tests.filter((name) => name === 'testcase').length, all.length);
        const count = (status: Status) => all.filter((one) => one.status === status).length;
        assert.equal(tests.filter((name) => name === 'failure').length, count('fail'));
        assert.equal(tests.filter((name) => name === 'error').length, count('unknown') + count('crash'));
        assert.equal(tests.filter((name) => name === 'skipped').length, count('skip') + count('suppressed'));
      }),
    );
  });

  test('HTML holds no element and no attribute that came from what was found', () => {
    const elements = (text: string) => (text.match(/<[a-z!/]/gi) ?? []).length;
    fc.assert(
      fc.property(hostile, hostile, (name, words) => {
        const of = (node: string, problem: string) =>
          doctorHtml(
            report([
              outcome('fail', {
                node,
                problem,
                remedy: { text: problem, commands: [problem] },
                evidence: { said: problem },
              }),
            ]),
          );
        const page = of(name, words);

        assert.equal(elements(page), elements(of('web-1', 'plain')));
        assert.doesNotMatch(page, /[^\P{Cc}\n]|\p{Bidi_Control}/u);
        assert.doesNotMatch(page, /<script|https?:\/\/[^ ]*\.(js|css|png)|url\(|@import/i);
      }),
    );
  });

  test('SARIF has a result for each finding and a rule for each check, as its schema demands', () => {
    fc.assert(
      fc.property(outcomes, (all) => {
        const sarif: unknown = JSON.parse(doctorSarif(report(all)));

        assert.ok(validSarif(sarif), JSON.stringify(validSarif.errors));
        const [run] = (sarif as { runs: { results: unknown[] }[] }).runs;
        assert.equal(
          run?.results.length,
          all.filter(({ status }) => ['warn', 'fail', 'unknown', 'crash'].includes(status)).length,
        );
      }),
    );
  });

  test('Markdown keeps its table whole and its fences closed', () => {
    fc.assert(
      fc.property(outcomes, (all) => {
        const text = doctorMarkdown(report(all));

        const rows = text
          .split('\n')
          .slice(text.split('\n').indexOf('## All checks') + 4)
          .filter((line) => line !== '');
        assert.equal(rows.length, all.length);
        for (const row of rows) assert.equal((row.match(/(?<!\\)(?:\\\\)*\|/g) ?? []).length, 6, row);
        let fence = '';
        for (const line of text.split('\n')) {
          if (fence === '' && /^`{3,}$/.test(line)) fence = line;
          else if (line === fence) fence = '';
          else if (fence === '') assert.doesNotMatch(line, /(?<!\\)</);
        }
        assert.equal(fence, '');
      }),
    );
  });

  test('text steers no terminal', () => {
    fc.assert(
      fc.property(outcomes, (all) => {
        assert.doesNotMatch(doctorText(report(all), 'all', paint), /[^\P{Cc}\n]|\p{Bidi_Control}/u);
      }),
    );
  });

  test('is chosen by how the name of the file ends', () => {
    for (const [name, known] of [
      ['a.html', true],
      ['A.HTML', true],
      ['a.md', true],
      ['a.json', true],
      ['a.junit.xml', true],
      ['a.sarif', true],
      ['a.xml', false],
      ['a', false],
      ['html', false],
    ] as const) {
      assert.equal(endingOf(name) !== undefined, known, name);
    }
  });
});

describe('text', () => {
  const some = [
    outcome('pass'),
    outcome('warn'),
    outcome('fail'),
    outcome('skip'),
    outcome('unknown'),
    outcome('crash'),
    outcome('suppressed'),
  ];

  for (const [level, marks] of [
    ['fail', '×?×'],
    ['warn', '!×?×'],
    ['skip', '!×?×~-'],
    ['all', '√!×?×~-'],
  ] as const) {
    test(`--show ${level} tells ${marks}`, () => {
      const lines = doctorText(report(some), level, paint).split('\n');

      assert.equal(
        lines
          .filter((line) => /^[√!×?~-] /.test(line))
          .map((line) => line[0])
          .join(''),
        marks,
      );
      assert.match(
        lines.at(-1) ?? '',
        /^prod unhealthy: 1 failed, 1 not known, 1 crashed, 1 warning, 1 passed, 1 suppressed, 1 skipped in 812ms/,
      );
    });
  }

  test('the page counts as the line at the end of the text does', () => {
    assert.match(doctorHtml(report([outcome('warn')])), /! 1 warning<\/span>/);
    assert.match(doctorHtml(report([outcome('warn'), outcome('warn')])), /! 2 warnings<\/span>/);
  });

  test('tells what is wrong, what should be, and the cure with its commands', () => {
    const text = doctorText(report([outcome('fail', { observedFrom: 'web-2' })]), 'warn', paint);

    assert.match(
      text,
      /^× nodes\/heartbeat web-1: it was last seen 3m ago\n {4}not so: the node reports in, seen on web-2\n {4}See whether[^\n]*\n {4}\$ octo-ha node show NODE\n/,
    );
  });
});

/** The names of all elements; fails where a tag does not close, or a character may not be there. */
function wellFormed(xml: string): readonly string[] {
  const names: string[] = [];
  const open: string[] = [];
  assert.doesNotMatch(xml, /[^\P{Cc}\t\n\r]|[\uFFFE\uFFFF]|\p{Surrogate}/u);
  const rest = xml
    .replace(/^<\?xml [^?]*\?>/, '')
    .replace(
      /<(\/?)([a-z-]+)((?: [a-z]+="[^"<]*")*)(\/?)>/g,
      (_tag, end: string, name: string, attributes: string, empty: string) => {
        assert.doesNotMatch(attributes, /&(?!(amp|lt|gt|quot);)/);
        if (end === '/') assert.equal(open.pop(), name);
        else {
          names.push(name);
          if (empty === '') open.push(name);
        }
        return '';
      },
    );
  assert.deepEqual(open, []);
  assert.doesNotMatch(rest, /[<>]|&(?!(amp|lt|gt);)/);
  return names;
}

/** What SARIF 2.1.0 demands of the parts that are used, and that there are no others. */
const text = {
  type: 'object',
  required: ['text'],
  additionalProperties: false,
  properties: { text: { type: 'string' } },
};
const validSarif = new Ajv2020().compile({
  type: 'object',
  required: ['version', 'runs'],
  additionalProperties: false,
  properties: {
    $schema: { type: 'string' },
    version: { const: '2.1.0' },
    runs: {
      type: 'array',
      items: {
        type: 'object',
        required: ['tool', 'results'],
        additionalProperties: false,
        properties: {
          tool: {
            type: 'object',
            required: ['driver'],
            additionalProperties: false,
            properties: {
              driver: {
                type: 'object',
                required: ['name'],
                additionalProperties: false,
                properties: {
                  name: { type: 'string' },
                  informationUri: { type: 'string' },
                  rules: {
                    type: 'array',
                    uniqueItems: true,
                    items: {
                      type: 'object',
                      required: ['id'],
                      additionalProperties: false,
                      properties: { id: { type: 'string' }, shortDescription: text, fullDescription: text, help: text },
                    },
                  },
                },
              },
            },
          },
          results: {
            type: 'array',
            items: {
              type: 'object',
              required: ['message'],
              additionalProperties: false,
              properties: {
                ruleId: { type: 'string' },
                ruleIndex: { type: 'integer', minimum: 0 },
                level: { enum: ['none', 'note', 'warning', 'error'] },
                message: text,
                locations: {
                  type: 'array',
                  items: {
                    type: 'object',
                    additionalProperties: false,
                    properties: {
                      logicalLocations: {
                        type: 'array',
                        items: {
                          type: 'object',
                          additionalProperties: false,
                          properties: {
                            name: { type: 'string' },
                            fullyQualifiedName: { type: 'string' },
                            kind: { type: 'string' },
                          },
                        },
                      },
                    },
                  },
                },
                partialFingerprints: { type: 'object', additionalProperties: { type: 'string' } },
                properties: { type: 'object' },
              },
            },
          },
        },
      },
    },
  },
});
