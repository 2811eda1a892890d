import type { Bootstrap } from '../../ports/shell.js';
import { toBase64 } from './base64.js';
import { powershellProgram } from './powershell-program.js';

/** SHA-256 of `powershellProgram`, in capitals as .NET writes it; a test holds the two together. */
const sum = '4ECCE3ED20550450F6C2388DE708552EF8A93ACB778F0C128D5A8D54BFACBB8F';

/** The wrapper's program as the document carries it: cmd.exe takes no line that is long enough for it. */
export const programInBase64 = toBase64(powershellProgram);

/**
 * Takes the wrapper's program from the document, and runs it only if it is the very one that belongs to this bootstrap:
 * nothing else in a document is ever run.
 *
 * In the directory of a step's record the document is in a file, see there. The sum is computed by a class that also
 * works where Windows allows certified cryptography only.
 */
export const powershellBootstrap: Bootstrap = {
  language: 'powershell',
  script: `\
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
try { [Console]::OutputEncoding = [Text.Encoding]::UTF8 } catch {}
$isRunner = [IO.File]::Exists("$PWD\\octo-ha.request")
$text = if ($isRunner) { [IO.File]::ReadAllText("$PWD\\octo-ha.request") } else { [Console]::In.ReadToEnd() }
$document = $text | ConvertFrom-Json
$program = [Convert]::FromBase64String($document.program)
$sum = (New-Object Security.Cryptography.SHA256CryptoServiceProvider).ComputeHash($program)
if ([BitConverter]::ToString($sum) -replace '-' -ne '${sum}') { throw 'the program is not the one of this bootstrap' }
. ([ScriptBlock]::Create([Text.Encoding]::UTF8.GetString($program)))
`,
};
