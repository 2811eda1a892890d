import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bootstrapLine, bootstrapWords } from '../../../src/adapters/bootstrap-command.js';
import { posixBootstrap } from '../../../src/operations/machine/posix-bootstrap.js';
import { powershellBootstrap, programInBase64 } from '../../../src/operations/machine/powershell-bootstrap.js';

const golden = fileURLToPath(new URL('powershell-bootstrap.golden.ps1', import.meta.url));

describe('the bootstrap for PowerShell', () => {
  test('is what it was; UPDATE_GOLDEN=1 rewrites the file', async () => {
    if (process.env['UPDATE_GOLDEN'] !== undefined) await writeFile(golden, powershellBootstrap.script);

    assert.equal(powershellBootstrap.script, await readFile(golden, 'utf8'));
  });

  test('runs only the program that belongs to it', () => {
    const sum = createHash('sha256').update(Buffer.from(programInBase64, 'base64')).digest('hex').toUpperCase();

    assert.ok(powershellBootstrap.script.includes(`'${sum}'`), `the sum in powershell-bootstrap.ts should be ${sum}`);
  });

  test('is a line that cmd.exe takes, without anything to quote', () => {
    const line = bootstrapLine(powershellBootstrap);

    assert.ok(powershellBootstrap.script.length < 3_000);
    assert.ok(line.length < 8_191);
    assert.match(line, /^powershell\.exe -NoProfile -NonInteractive -EncodedCommand [A-Za-z0-9+/=]+$/);
    const [encoded = ''] = bootstrapWords(powershellBootstrap).slice(-1);
    assert.equal(Buffer.from(encoded, 'base64').toString('utf16le'), powershellBootstrap.script);
  });

  test('and its program are plain ASCII, whatever the code page', () => {
    assert.match(`${powershellBootstrap.script}${Buffer.from(programInBase64, 'base64')}`, /^[\n\x20-\x7e]*$/);
  });
});

describe('the bootstrap for sh', () => {
  test('is a line without anything that a shell of any kind takes in its own way', () => {
    assert.match(bootstrapLine(posixBootstrap), /^exec sh -c 'exec sh -c "\$\(echo [A-Za-z0-9+/=]+ \| base64 -d\)"'$/);
  });

  test('is run by sudo where that is asked for', () => {
    assert.match(bootstrapLine(posixBootstrap, { sudo: true }), /^exec sudo -n sh -c '/);
    assert.deepEqual(bootstrapWords(posixBootstrap, { sudo: true }).slice(0, 4), ['sudo', '-n', 'sh', '-c']);
  });
});
