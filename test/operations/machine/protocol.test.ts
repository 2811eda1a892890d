import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { fromBase64, toBase64 } from '../../../src/operations/machine/base64.js';
import { encodeDocument, parseAnswer } from '../../../src/operations/machine/protocol.js';
import { parseStartType } from '../../../src/operations/machine/start-type.js';
import { windowsArguments } from '../../../src/operations/machine/windows-arguments.js';

/** Anything that UTF-8 can say. */
const text = fc.string({ unit: 'binary' }).map((raw) => Buffer.from(raw).toString());

describe('a document', () => {
  test('is JSON that gives every value back, in plain ASCII and an entry a line', () => {
    const word = text.map((raw) => raw.replaceAll('\0', ''));
    fc.assert(
      fc.property(fc.array(word), word, word, (words, state, file) => {
        const document = encodeDocument({ verb: 'run', token: 7, operation: 'op-1', step: 'a_b', state, words, file });

        assert.match(document, /^[\n\x20-\x7e]*$/);
        assert.equal(document.trim().split('\n').length, 9);
        const read = JSON.parse(document);
        assert.deepEqual([read.verb, read.token, read.operation, read.step], ['run', '7', 'op-1', 'a_b']);
        assert.deepEqual([fromBase64(read.state), fromBase64(read.file)], [state, file]);
        assert.deepEqual(read.words.map(fromBase64), words);
      }),
    );
  });

  test('names no step outside the directory of records', () => {
    for (const step of ['', '.', '..', '../x', 'a/b', 'a\\b', 'a b', '-x', 'a\n', 'a.b', 'ä', 'x'.repeat(100)]) {
      assert.throws(() => encodeDocument({ verb: 'read', operation: 'op-1', step }), /is no name of a step/, step);
    }
  });

  test('carries no NUL, which no argument can contain', () => {
    assert.throws(() => encodeDocument({ verb: 'run', words: ['a\0b'] }), { kind: 'usage' });
  });

  test('encodes text as Node does', () => {
    fc.assert(
      fc.property(text, (raw) => {
        assert.equal(toBase64(raw), Buffer.from(raw).toString('base64'));
        assert.equal(fromBase64(toBase64(raw)), raw);
      }),
    );
  });
});

describe('an answer', () => {
  const line = 'octo-ha:{"state":"not-started","highest":"3","boot":"b"}';

  test('is found among what a login prints', () => {
    assert.deepEqual(parseAnswer(`Welcome!\r\n${line}\r\nbye\n`), { state: 'not-started', highest: 3, boot: 'b' });
  });

  for (const [title, stdout] of [
    ['nothing', ''],
    ['half a line', line.slice(0, -5)],
    ['an unknown state', line.replace('not-started', 'perhaps')],
    ['a missing field', line.replace(',"boot":"b"', '')],
    ['a highest token that is no number', line.replace('"3"', '"x"')],
  ] as const) {
    test(`is not read into ${title}`, () => assert.equal(parseAnswer(stdout), undefined));
  }

  test('never throws, whatever is printed', () => {
    fc.assert(fc.property(text, (raw) => void parseAnswer(`octo-ha:${raw}`)));
  });
});

describe('arguments of a Windows program', () => {
  for (const [words, expected] of [
    [['a', 'b c'], 'a "b c"'],
    [[''], '""'],
    [['say "hi"'], '"say \\"hi\\""'],
    [['C:\\path\\', 'C:\\my path\\'], 'C:\\path\\ "C:\\my path\\\\"'],
    [['\\"'], '"\\\\\\""'],
    [['%PATH%', '$(x)', '&'], '%PATH% $(x) &'],
  ] as const) {
    test(`${JSON.stringify(words)} are ${expected}`, () => assert.equal(windowsArguments(words), expected));
  }

  test('are taken apart into what they were', () => {
    const word = fc.oneof(fc.string({ unit: fc.constantFrom('\\', '"', ' ', '\t', 'a') }), text);
    fc.assert(
      fc.property(fc.array(word), (words) => assert.deepEqual(takenApart(windowsArguments(words)), words)),
      { numRuns: 500 },
    );
  });

  test('are taken apart by a real program into what they were', {
    skip: process.platform !== 'win32' && 'Windows only',
  }, () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('\\', '"', ' ', 'a', 'ü') })), (words) => {
        const program = ['-e', 'process.stdout.write(JSON.stringify(process.argv.slice(1)))', '--'];
        const line = windowsArguments([...program, ...words]);
        const options = { windowsVerbatimArguments: true, encoding: 'utf8' } as const;
        const { stdout } = spawnSync(process.execPath, [line], options);
        assert.deepEqual(JSON.parse(stdout), words);
      }),
      { numRuns: 20 },
    );
  });
});

/** The rules of Microsoft's C runtime, from the other side. */
function takenApart(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const [backslashes = ''] = /^\\*/.exec(line.slice(i)) ?? [];
    const next = line[i + backslashes.length];
    if (backslashes !== '') {
      i += backslashes.length - 1;
      const halved = next === '"';
      word = (word ?? '') + '\\'.repeat(halved ? Math.floor(backslashes.length / 2) : backslashes.length);
      if (halved && backslashes.length % 2 === 1) {
        word += '"';
        i++;
      }
    } else if (next === '"') {
      quoted = !quoted;
      word ??= '';
    } else if (!quoted && /\s/.test(next ?? '')) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + next;
    }
  }
  return word === undefined ? words : [...words, word];
}

describe('a start type', () => {
  for (const [manager, text, type] of [
    ['systemd', 'enabled', 'auto'],
    ['systemd', 'enabled-runtime', 'auto'],
    ['systemd', 'disabled', 'manual'],
    ['systemd', 'static', 'manual'],
    ['systemd', 'masked', 'disabled'],
    ['docker', 'unless-stopped', 'auto'],
    ['docker', 'on-failure:3', 'auto'],
    ['docker', 'no', 'manual'],
    ['windows', '2.1', 'auto'],
    ['windows', '3.0', 'manual'],
    ['windows', '4.0', 'disabled'],
  ] as const) {
    test(`${text} of ${manager} is ${type}`, () => {
      assert.deepEqual(parseStartType(manager, `${text}\n`), { type, native: text });
    });
  }

  for (const [manager, text] of [
    ['systemd', 'sometimes'],
    ['docker', 'on-failure:x'],
    ['windows', '0.0'],
  ] as const) {
    test(`${text} of ${manager} is none`, () => assert.throws(() => parseStartType(manager, text)));
  }
});
