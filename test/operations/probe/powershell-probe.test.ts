import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { bootstrapLine } from '../../../src/adapters/bootstrap-command.js';
import { logPhrases } from '../../../src/operations/probe/log-phrases.js';
import { powershellProbe, powershellProbeProgram } from '../../../src/operations/probe/powershell-probe.js';

describe('the probe of a Windows machine', () => {
  test('is a bootstrap of fewer than 3,000 characters in ASCII that fits into one line of cmd.exe', () => {
    assert.ok(powershellProbe.script.length < 3_000, String(powershellProbe.script.length));
    assert.match(powershellProbe.script, /^[\n -~]*$/);
    assert.ok(bootstrapLine(powershellProbe).length < 8_191);
  });

  test('runs the program that belongs to it, and no other', () => {
    const sum = createHash('sha256').update(powershellProbeProgram).digest('hex').toUpperCase();

    assert.ok(powershellProbe.script.includes(`-ne '${sum}'`), sum);
  });

  test('uses no keyword as the name of a command', () => {
    assert.doesNotMatch(
      powershellProbeProgram,
      /(?:[=(]\s*|function )(?:try|catch|finally|trap|data|process|begin|end)\b/i,
    );
  });

  test('changes nothing: it has no verb that does', () => {
    const changing =
      /\b(Set|Remove|Stop|Start|Restart|New-Item|Clear|Invoke|Register|Unregister|Enable|Disable|Add-)\w*-?(Item|Service|Content|Process|Task|Expression|Computer)\b/i;

    assert.doesNotMatch(powershellProbeProgram, changing);
    assert.doesNotMatch(powershellProbeProgram, /Invoke-Expression|\biex\b|-EncodedCommand/i);
  });

  test('answers every fact that is read, and closes what it opens', () => {
    const keys =
      'clock os osName osVersion host user utcOffsetMinutes timeSynchronised uptimeSeconds rebootPending processors load memoryBytes memoryAvailableBytes folders listening pollers reach names service watchdog instances nodeName databaseServer databaseName home version proxy log';
    for (const key of keys.split(' ')) assert.match(powershellProbeProgram, new RegExp(`(^|[ ;{])${key} = `, 'm'), key);
    const code = powershellProbeProgram.replace(/'[^']*'/g, "''");
    for (const [open, close] of ['{}', '()', '[]']) {
      assert.equal(code.split(open as string).length, code.split(close as string).length, `${open}${close}`);
    }
    for (const { phrase } of logPhrases)
      assert.ok(powershellProbeProgram.includes(phrase.replaceAll("'", "''")), phrase);
  });
});
