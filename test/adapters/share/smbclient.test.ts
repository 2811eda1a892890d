import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { findProgram } from '../../../src/adapters/find-program.js';
import { meaningOf, parseFreeSpace, parseList, troubleIn } from '../../../src/adapters/share/smbclient-answer.js';
import { authenticationFile } from '../../../src/adapters/share/smbclient-credentials.js';
import { smbLine } from '../../../src/adapters/share/smbclient-line.js';
import { smbclientShare } from '../../../src/adapters/share/smbclient-share.js';
import { systemClock } from '../../../src/adapters/system-clock.js';
import { isPlainName } from '../../../src/cluster/share-path.js';
import { Failure } from '../../../src/errors.js';
import { startSamba, withoutSamba } from '../../support/samba.js';

const never = new AbortController().signal;

/** How `smbclient` takes a line apart: blanks part words, and a quote begins or ends a part in which they do not. */
function wordsOf(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quoted = false;
  for (const character of line) {
    if (character === '"') {
      quoted = !quoted;
      word ??= '';
    } else if (!quoted && /[ \t\r\n]/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  assert.equal(quoted, false, line);
  return word === undefined ? words : [...words, word];
}

const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc
    .array(fc.constantFrom('"', '\\', '/', '\n', '\r', ';', '!', '*', '?', '..', '-', ' ', 'a', '$(x)', '\0', '<'), {
      maxLength: 8,
    })
    .map((parts) => parts.join('')),
);

describe('a line for smbclient', () => {
  const paths: readonly ((path: string) => string)[] = [
    (path) => smbLine(['mkdir', path]),
    (path) => smbLine(['del', path]),
    (path) => smbLine(['rmdir', path]),
    (path) => smbLine(['cd', path]),
    (path) => smbLine(['du', path]),
    (path) => smbLine(['ls', path, '']),
    (path) => smbLine(['rename', path, 'b']),
    (path) => smbLine(['rename', 'a', path]),
    (path) => smbLine(['put', path, '/tmp/x']),
    (path) => smbLine(['get', path, '/tmp/x']),
  ];

  test('is one command of so many words, whatever the path, or is refused', () => {
    let lines = 0;
    fc.assert(
      fc.property(anything, fc.constantFrom(...paths), (path, lineOf) => {
        const plain = wordsOf(lineOf('a'));
        let line: string;
        try {
          line = lineOf(path);
        } catch (error) {
          assert.ok(error instanceof Failure && error.kind === 'usage');
          return;
        }
        lines++;
        const words = wordsOf(line);
        assert.doesNotMatch(line, /[\n\r\0]/);
        assert.deepEqual([words[0], words.length], [plain[0], plain.length]);
        // A path is one from the root of the share, without wildcards but our own.
        for (const word of words.slice(1).filter((one) => one.startsWith('\\'))) {
          assert.doesNotMatch(line.startsWith('ls ') ? word.replace(/\*$/, '') : word, /[*?<>"]|(^|\\)\.\.(\\|$)/);
        }
      }),
      { numRuns: 2_000 },
    );
    assert.ok(lines > 50, `${lines} lines were made at all`);
  });

  test('names what it is to name', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter(isPlainName);
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), (names) => {
        assert.deepEqual(wordsOf(smbLine(['del', names.join('/')])), ['del', `\\${names.join('\\')}`]);
        assert.deepEqual(wordsOf(smbLine(['ls', names.join('/'), 'x.'])), ['ls', `\\${names.join('\\')}\\x.*`]);
      }),
    );
    assert.equal(smbLine(['ls', '', '']), 'ls "\\*"');
    assert.throws(() => smbLine(['ls', 'a', '*']), { kind: 'usage' });
    assert.throws(() => smbLine(['put', 'a', '/tmp/"']), { kind: 'usage' });
  });
});

describe('what smbclient prints', () => {
  const date = 'Tue Nov 24 05:51:12 2026';
  const entry = (name: string, attributes: string, size: number) => {
    const padding = ' '.repeat(Math.max(0, 30 - Buffer.byteLength(name)));
    return `  ${name}${padding}${attributes.slice(0, 7).padStart(7)} ${String(size).padStart(8)}  ${date}`;
  };

  test('is read as a list, whatever the names look like', () => {
    const name = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
      fc.constantFrom(
        'A',
        '  x',
        `a  D        0  ${date}`,
        'NT_STATUS_ACCESS_DENIED listing \\x',
        `x      A      1  ${date}`,
      ),
    );
    const file = fc.record(
      {
        name: name.filter(isPlainName),
        attributes: fc.constantFrom('A', 'N', 'AHSR', 'AHSRNXO', 'D', 'DH', 'DAHSRXO'),
        size: fc.integer({ min: 0, max: 2 ** 45 }),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.array(file, { maxLength: 6 }), (files) => {
        const lines = [
          entry('.', 'D', 0),
          entry('..', 'D', 0),
          ...files.map((one) => entry(one.name, one.attributes, one.size)),
        ];
        const output = `Try "help" to get a list of possible commands.\n${lines.join('\n')}\n\n\t\t8 blocks of size 1024. 5 blocks available\n`;

        assert.deepEqual(
          parseList(output),
          files.map((one) => ({
            name: one.name,
            kind: one.attributes.includes('D') ? 'folder' : 'file',
            size: one.size,
          })),
        );
        assert.equal(troubleIn(output), undefined);
        assert.deepEqual(parseFreeSpace(output), { free: 5_120, total: 8_192 });
      }),
      { numRuns: 500 },
    );
  });

  test('is no free space where there is none in it', () => {
    assert.equal(parseFreeSpace('Total number of bytes: 0\n'), undefined);
  });

  for (const [line, trouble] of [
    ['do_connect: Connection to 127.0.0.1 failed (Error NT_STATUS_CONNECTION_REFUSED)', 'connection-refused'],
    ['do_connect: Connection to nohost.invalid failed (Error NT_STATUS_UNSUCCESSFUL)', 'no-address'],
    ['do_connect: Connection to 10.0.0.1 failed (Error NT_STATUS_IO_TIMEOUT)', 'no-answer'],
    ['protocol negotiation failed: NT_STATUS_NOT_SUPPORTED', 'no-common-protocol'],
    ['protocol negotiation failed: NT_STATUS_CONNECTION_RESET', 'connection-lost'],
    ['session setup failed: NT_STATUS_LOGON_FAILURE', 'wrong-password'],
    ['session setup failed: NT_STATUS_ACCOUNT_LOCKED_OUT', 'account-barred'],
    ['session setup failed: NT_STATUS_ACCESS_DENIED', 'session-denied'],
    ['tree connect failed: NT_STATUS_BAD_NETWORK_NAME', 'no-share'],
    ['tree connect failed: NT_STATUS_ACCESS_DENIED', 'share-denied'],
    ['NT_STATUS_ACCESS_DENIED making remote directory \\NT_STATUS_DISK_FULL', 'denied'],
    ['NT_STATUS_OBJECT_NAME_NOT_FOUND opening remote file \\x', 'missing'],
    ['cd \\NT_STATUS_DISK_FULL\\: NT_STATUS_OBJECT_NAME_NOT_FOUND', 'missing'],
    ['NT_STATUS_OBJECT_NAME_COLLISION making remote directory \\x', 'exists'],
    ['NT_STATUS_DISK_FULL writing remote file \\x', 'full'],
    ['Error writing file: NT_STATUS_DISK_FULL', 'full'],
    ['NT_STATUS_SHARING_VIOLATION opening remote file \\x', 'in-use'],
    ['NT_STATUS_NO_IDEA doing something', 'other'],
  ] as const) {
    test(`means ${trouble}: ${line}`, () => {
      const found = troubleIn(`Try "help" to get a list of possible commands.\n${line}\nmore\n`);

      assert.equal(found && meaningOf(found), trouble);
    });
  }

  test('means no trouble where a file is called like one', () => {
    assert.equal(troubleIn('putting file /tmp/x as \\NT_STATUS_DISK_FULL (1 kb/s)\n'), undefined);
  });
});

describe('the login of smbclient', () => {
  test('is a line a value, and no value makes another line', () => {
    fc.assert(
      fc.property(anything, anything, (user, password) => {
        let text: string;
        try {
          text = authenticationFile({ user, password });
        } catch (error) {
          assert.ok(error instanceof Failure && error.kind === 'usage');
          return;
        }
        const lines = text.split('\n');
        assert.ok(lines[0]?.startsWith('username=') && lines[1] === `password=${password}`);
        assert.ok(lines.length === (lines[2]?.startsWith('domain=') ? 4 : 3), text);
      }),
      { numRuns: 1_000 },
    );
  });

  test('parts a domain from its user', () => {
    assert.equal(
      authenticationFile({ user: 'CORP\\octo', password: 'a=b %' }),
      'username=octo\npassword=a=b %\ndomain=CORP\n',
    );
    assert.equal(authenticationFile({ user: 'octo@corp', password: 'x' }), 'username=octo@corp\npassword=x\n');
  });

  for (const password of ['a b', 'ends with a blank ', '%"\'\\$;#=', 'username=x', 'pässwörd 🐙', 'x'.repeat(120)]) {
    test(`is taken by a real server: ${JSON.stringify(password)}`, { skip: withoutSamba }, async () => {
      await using samba = await startSamba({ password });
      const program = (await findProgram('smbclient')) ?? '';
      const { credentials } = samba;
      await using share = smbclientShare(samba.location(), { program, credentials, clock: systemClock });

      assert.deepEqual(await share.list('', '', never), []);
    });
  }

  describe('in a file', { skip: process.platform === 'win32' && 'POSIX only' }, () => {
    let directory: string;
    const formerTmp = process.env['TMPDIR'];
    const secret = 'sesame-4711';
    const share = (program: string, timeout?: number) =>
      smbclientShare(
        { kind: 'unc', server: 'files', share: 'octopus', folder: '' },
        { program, credentials: { user: 'octo', password: secret }, clock: systemClock, timeout },
      );
    const programSaying = async (name: string, text: string) => {
      const program = join(directory, name);
      await writeFile(program, `#!/bin/sh\n${text}\n`);
      await chmod(program, 0o755);
      return program;
    };
    const left = () => readdir(join(directory, 'tmp'));
    before(async () => {
      directory = await mkdtemp(join(tmpdir(), 'octo-ha-login-'));
      await import('node:fs/promises').then(({ mkdir }) => mkdir(join(directory, 'tmp')));
      process.env['TMPDIR'] = join(directory, 'tmp');
      process.env['PASSWD'] = secret;
    });
    after(async () => {
      if (formerTmp === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = formerTmp;
      delete process.env['PASSWD'];
      await rm(directory, { recursive: true });
    });
    afterEach(async () => assert.deepEqual(await left(), [], 'the login is left behind'));

    test('is for nobody else to read, and is nowhere but in it', async () => {
      const seen = join(directory, 'seen');
      const stat = `stat -c '%a' "$2" "$(dirname "$2")"`;
      const program = await programSaying(
        'recording',
        `{ echo "$@"; env; cat /proc/$$/environ | tr '\\0' '\\n'; ${stat}; } >"${seen}"; cat "$2" >"${seen}.login"
         cat >/dev/null; echo 'Current directory is x'`,
      );

      await share(program).remove('x', never);

      const record = await readFile(seen, 'utf8');
      assert.match(record, /\n600\n700\n$/);
      assert.equal(record.includes(secret), false, record);
      assert.equal(await readFile(`${seen}.login`, 'utf8'), `username=octo\npassword=${secret}\n`);
    });

    test('is removed when the program fails, cannot be started, is killed in time or by the person', async () => {
      const fails = share(
        await programSaying('failing', 'echo "session setup failed: NT_STATUS_LOGON_FAILURE"; exit 1'),
      );
      const hangs = await programSaying('hanging', 'exec sleep 600');
      const ending = new AbortController();

      await assert.rejects(fails.list('', '', never), { trouble: 'wrong-password' });
      await assert.rejects(share(join(directory, 'nothing')).list('', '', never), { trouble: 'not-here' });
      await assert.rejects(share(hangs, 200).list('', '', never), { trouble: 'no-answer' });
      const asked = share(hangs).write('x', Uint8Array.of(1), ending.signal);
      while ((await left()).length === 0) await new Promise((resolve) => setImmediate(resolve));
      ending.abort(new Error('enough'));
      await assert.rejects(asked, /enough/);
    });

    test('is not said in a failure', async () => {
      const program = await programSaying('silent', 'cat >/dev/null; echo something else');

      await assert.rejects(share(program).list('', '', never), (error: Failure) => {
        assert.equal(error.message, 'cannot list \\\\files\\octopus: something else');
        assert.equal(JSON.stringify(error, Object.getOwnPropertyNames(error)).includes(secret), false);
        return true;
      });
    });
  });
});
