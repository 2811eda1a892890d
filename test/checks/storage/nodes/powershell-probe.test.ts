import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bootstrapLine } from '../../../../src/adapters/bootstrap-command.js';
import { powershellProbe, probeProgramInBase64 } from '../../../../src/checks/storage/nodes/powershell-probe.js';

const program = Buffer.from(probeProgramInBase64, 'base64').toString();

describe('the probe for PowerShell', () => {
  for (const [name, text] of [
    ['powershell-probe.golden.ps1', powershellProbe.script],
    ['powershell-probe-program.golden.ps1', program],
  ] as const) {
    test(`is what it was in ${name}; UPDATE_GOLDEN=1 rewrites the file`, async () => {
      const golden = fileURLToPath(new URL(name, import.meta.url));
      if (process.env['UPDATE_GOLDEN'] !== undefined) await writeFile(golden, text);

      assert.equal(text, await readFile(golden, 'utf8'));
    });
  }

  test('runs only the program that belongs to it', () => {
    const sum = createHash('sha256').update(program).digest('hex').toUpperCase();

    assert.ok(powershellProbe.script.includes(`'${sum}'`), `the sum in powershell-probe.ts should be ${sum}`);
  });

  test('is a line that cmd.exe takes', () => {
    assert.ok(powershellProbe.script.length < 3_000);
    assert.ok(bootstrapLine(powershellProbe).length < 8_191);
  });

  test('and its program are plain ASCII, whatever the code page', () => {
    assert.match(`${powershellProbe.script}${program}`, /^[\n\x20-\x7e]*$/);
  });
});
