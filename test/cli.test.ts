import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parse } from '../src/cli.js';
import { globalOptions } from '../src/commands/global-options.js';
import { hiddenCommands } from '../src/commands/hidden.js';
import { commands } from '../src/commands/index.js';
import { longFlag } from '../src/commands/long-flag.js';
import { exitCodes, Failure } from '../src/errors.js';

const failure = async (line: string): Promise<Failure> => {
  try {
    await parse(commands, line.split(' '));
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    return error;
  }
  return assert.fail(`octo-ha ${line} was accepted`);
};

describe('a command line', () => {
  for (const [line, message, hint] of [
    ['nodee list', 'octo-ha has no command nodee', 'Did you mean: octo-ha node?'],
    ['node drian web-1', 'octo-ha node has no command drian', 'Did you mean: octo-ha node drain?'],
    ['status extra', 'too many arguments. Expected 0 arguments but got 1.', 'See: octo-ha status --help'],
    ['node drain', "missing required argument 'node'", 'See: octo-ha node drain --help'],
    ['node drain web-1 --yess', "unknown option '--yess'", 'Did you mean --yes?'],
    ['node drain web-1 --ye', "unknown option '--ye'", 'Did you mean --yes?'],
    [
      'node',
      'octo-ha node needs one of: list, show, drain, undrain, restart, stop, start, add, decommission, set, cap, ok-to-stop',
      'See: octo-ha node --help',
    ],
    ['node drain web-1 --drain-timeout 10', '--drain-timeout: 10 is no duration', 'Write it like 90s, 10m or 1h30m.'],
    [`status --change ${'x'.repeat(201)}`, '--change: 201 characters are more than the 200 that are kept', undefined],
    ['status -o table', '--output: table is none of text, json, ndjson, yaml, name', undefined],
    ['status --context', "option '-c, --context <NAME>' argument missing", 'See: octo-ha status --help'],
  ] as const) {
    test(`octo-ha ${line} is refused and not run`, async () => {
      const refused = await failure(line);

      assert.equal(exitCodes[refused.kind].code, 2);
      assert.equal(refused.message, message);
      assert.equal(refused.hint, hint);
    });
  }

  for (const name of Object.keys(commands)) {
    test(`octo-ha ${name} mistyped, or with a flag mistyped, is refused with what was meant`, async () => {
      const words = name.split(' ');
      const last = words.at(-1) ?? '';
      const swapped = last.replace(/^(.)(.)/, '$2$1');
      const typo = await failure([...words.slice(0, -1), swapped].join(' '));
      assert.equal(exitCodes[typo.kind].code, 2);
      assert.match(typo.hint ?? '', new RegExp(`Did you mean: .*octo-ha ${name}\\b`));

      const command = await commands[name]?.();
      for (const key of Object.keys({ ...globalOptions, ...command?.options })) {
        const flag = longFlag(key);
        const refused = await failure(`${name} ${flag.slice(0, -1)}${flag.at(-1)}${flag.at(-1)}`);
        assert.equal(refused.kind, 'usage');
        assert.match(refused.hint ?? '', new RegExp(`Did you mean .*${flag}\\b`));
      }
    });
  }

  test('hidden commands are suggested to nobody', async () => {
    await assert.rejects(parse({ ...commands, ...hiddenCommands }, ['__nex']), ({ hint }: Failure) => {
      assert.equal(hint, 'See: octo-ha --help');
      return true;
    });
  });

  test('options may stand before the command', async () => {
    const parsed = await parse(commands, ['-c', 'prod', '--json', 'node', 'list', '--timeout', '5s']);

    assert.ok(parsed.kind === 'run');
    assert.equal(parsed.command.name, 'node list');
    assert.deepEqual([parsed.globals.context, parsed.globals.output, parsed.globals.timeout], ['prod', 'json', 5_000]);
  });

  test('an override may be repeated, and a refused default is off', async () => {
    const parsed = await parse(commands, 'node drain web-1 --override a --override b --no-color --no-input'.split(' '));

    assert.ok(parsed.kind === 'run');
    const { override, color, input, yes } = parsed.globals;
    assert.deepEqual({ override, color, input, yes }, { override: ['a', 'b'], color: false, input: false, yes: false });
  });

  test('a name after -- may begin with a dash', async () => {
    const parsed = await parse(commands, ['node', 'drain', '--yes', '--', '-web']);

    assert.ok(parsed.kind === 'run');
    assert.equal((parsed.input as { node: string }).node, '-web');
  });

  test('whatever is typed either runs, helps or is refused as usage', async () => {
    const word = fc.oneof(
      fc.constantFrom(
        'node',
        'drain',
        'list',
        'status',
        '--json',
        '-o',
        'json',
        '--help',
        '-h',
        '--',
        '-n',
        '--yes',
        '-c',
        'web-1',
      ),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 6 }), async (argv) => {
        try {
          assert.ok(['run', 'help'].includes((await parse(commands, argv)).kind));
        } catch (error) {
          assert.ok(error instanceof Failure && error.kind === 'usage', String(error));
        }
      }),
    );
  });
});

describe('help', () => {
  for (const name of Object.keys(commands)) {
    test(`octo-ha ${name} --help fits 80 columns, with examples first`, async () => {
      const parsed = await parse(commands, [...name.split(' '), '--help']);

      assert.ok(parsed.kind === 'help');
      for (const line of parsed.text.split('\n')) assert.ok(line.length <= 80, line);
      assert.ok(parsed.text.indexOf('Examples:') < parsed.text.indexOf('Usage:'));
      assert.match(parsed.text, new RegExp(`octo-ha ${name}`));
    });
  }

  test('of a group lists its commands', async () => {
    const parsed = await parse(commands, ['node', '--help']);

    assert.ok(parsed.kind === 'help');
    assert.match(parsed.text, /^Examples:\n {2}octo-ha node list\n/);
    assert.match(parsed.text, /node drain +Stop giving a node new tasks/);
    for (const line of parsed.text.split('\n')) assert.ok(line.length <= 80, line);
  });
});

test('exit codes are those that scripts rely on', () => {
  const codes = Object.entries(exitCodes).map(([kind, { code }]) => `${code} ${kind}`);

  assert.deepEqual(codes, [
    '1 failed',
    '2 usage',
    '3 refused',
    '4 unhealthy',
    '5 deadline',
    '6 partial',
    '7 unknown',
    '8 busy',
    '9 unreachable',
    '11 unverified',
    '12 tasks-ended',
    '70 bug',
    '130 interrupted',
    '143 terminated',
    '129 hung-up',
  ]);
});
