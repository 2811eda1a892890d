import { toBase64 } from '../../../operations/machine/base64.js';
import type { Bootstrap } from '../../../ports/shell.js';
import { powershellProbeProgram } from './powershell-probe-program.js';

/** SHA-256 of `powershellProbeProgram`, in capitals as .NET writes it; a test holds the two together. */
const sum = '26DE1B648489458B45AC381373E224EA89DDCAA723D7786D80FA3A15B58AA951';

/** The program as the document carries it: cmd.exe takes no line that is long enough for it. */
export const probeProgramInBase64 = toBase64(powershellProbeProgram);

/**
 * Takes the program from the document, and runs it only if it is the very one that belongs to this bootstrap: nothing
 * else in a document is ever run. In the directory of a scheduled task the document is in a file, see there.
 */
export const powershellProbe: Bootstrap = {
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
