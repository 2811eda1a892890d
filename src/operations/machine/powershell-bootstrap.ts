import type { Bootstrap } from '../../ports/shell.js';
import { toBase64 } from './base64.js';
import { powershellProgram } from './powershell-program.js';

/** SHA-256 of `powershellProgram`, in capitals as .NET writes it; a test holds the two together. */
const sum = 'C6C777544867134248AA09A4D4BF752BE20D8465B5279A24833CA67EE05553F8';

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
