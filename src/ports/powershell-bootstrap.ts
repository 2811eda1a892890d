import type { Bootstrap } from './shell.js';

const documents = {
  'standard-input': `\
$document = [Console]::In.ReadToEnd() | ConvertFrom-Json
`,
  'request-file': `\
$isRunner = [IO.File]::Exists("$PWD\\octo-ha.request")
$text = if ($isRunner) { [IO.File]::ReadAllText("$PWD\\octo-ha.request") } else { [Console]::In.ReadToEnd() }
$document = $text | ConvertFrom-Json
`,
} as const;

/**
 * Takes a program from the document, as base64, since cmd.exe takes no line that is long enough for it; and runs it only
 * if it is the very one of this sum: nothing else in a document is ever run. The sum is SHA-256, in capitals as .NET
 * writes it, computed by a class that also works where Windows allows certified cryptography only.
 *
 * With `request-file`, in the directory of a step's record or of a scheduled task, the document is in a file there.
 */
export const powershellBootstrapOf = (sum: string, document: keyof typeof documents): Bootstrap => ({
  language: 'powershell',
  script: `\
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
try { [Console]::OutputEncoding = [Text.Encoding]::UTF8 } catch {}
${documents[document]}$program = [Convert]::FromBase64String($document.program)
$sum = (New-Object Security.Cryptography.SHA256CryptoServiceProvider).ComputeHash($program)
if ([BitConverter]::ToString($sum) -replace '-' -ne '${sum}') { throw 'the program is not the one of this bootstrap' }
. ([ScriptBlock]::Create([Text.Encoding]::UTF8.GetString($program)))
`,
});
