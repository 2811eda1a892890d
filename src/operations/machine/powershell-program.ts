import { powershellActions } from './powershell-actions.js';

/**
 * The wrapper on Windows, for Windows PowerShell 5.1. See `protocol.ts` for what it promises.
 *
 * A file that is open to nobody else is a lock, which Windows takes back whatever happens to its holder. The *gate* is
 * held for moments, by whoever looks and decides; the *effect* lock by the runner for as long as it lives.
 *
 * OpenSSH ends everything that a session has started when the connection ends, so a session only asks Windows to start
 * the very same command line once more, in the directory of the step's record. The document lies there, which is what
 * makes that process the runner. It decides by itself, under the gate, whether the step is still to be taken; so it does
 * no harm when it is started twice, or late.
 *
 * What is confidential does not lie there: the document names a pipe instead, which only administrators can open, and the
 * session hands it over as long as it lives. A runner that comes to nobody ends before it has begun.
 *
 * A start of the machine is known by a key of the registry that does not outlive it. Everybody may make directories in
 * ProgramData, so one that administrators do not own is not used.
 */
export const powershellProgram = `\
function Plain($base64) { [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($base64)) }

function Base64($text) { [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes("$text")) }

function Say($state, $more = @{}) {
  $answer = @{ state = $state; highest = "$highest"; boot = "$boot" } + $more
  [Console]::Out.WriteLine('octo-ha:' + ($answer | ConvertTo-Json -Compress))
  exit 0
}

function Read($file) {
  if ([IO.File]::Exists($file)) { [IO.File]::ReadAllText($file).Trim() }
}

# On the disk before it counts, and whole or not at all. The second name is for what is there already.
function Keep($file, $text) {
  $bytes = [Text.Encoding]::UTF8.GetBytes("$text")
  $stream = [IO.File]::Create("$file.new")
  $stream.Write($bytes, 0, $bytes.Length)
  $stream.Flush($true)
  $stream.Close()
  if ([IO.File]::Exists($file)) { [IO.File]::Replace("$file.new", $file, [NullString]::Value) }
  else { [IO.File]::Move("$file.new", $file) }
}

# Nothing where another process holds it.
function Lock($name) {
  try { [IO.File]::Open("$state\\$name", 'OpenOrCreate', 'ReadWrite', 'None') } catch [IO.IOException] {}
}

function Tail($file) {
  [byte[]]$bytes = @()
  foreach ($one in $file) {
    if ([IO.File]::Exists($one)) {
      # What a step has left running may still have it open.
      $stream = [IO.File]::Open($one, 'Open', 'Read', 'ReadWrite, Delete')
      $start = [Math]::Max(0, $stream.Length - 32768)
      $null = $stream.Seek($start, 'Begin')
      $part = New-Object byte[] ($stream.Length - $start)
      $count = $stream.Read($part, 0, $part.Length)
      $stream.Close()
      if ($count) { $bytes += $part[0..($count - 1)] }
    }
  }
  [Convert]::ToBase64String($bytes)
}

function Recorded {
  $token, $action, $started, $under = "$(Read "$record\\started")" -split ' '
  $code, $finished = "$(Read "$record\\exit")" -split ' '
  @{ record = @{
    token = "$token"; action = "$action"; startedAt = "$started"; boot = "$under"
    exitCode = "$code"; finishedAt = "$finished"
    output = (Tail "$record\\output", "$record\\errors"); result = (Tail "$record\\result")
  } }
}

# Whether a command lives on although its runner was killed.
function IsOrphaned($current) {
  $of = Join-Path $state ('record-' + ($current[0..1] -join '.'))
  if ([IO.File]::Exists("$of\\exit")) { return $false }
  $id, $since = "$(Read "$of\\process")" -split ' '
  $process = if ($since) { Get-Process -Id $id -ErrorAction SilentlyContinue }
  [bool]($process -and "$($process.StartTime.Ticks)" -eq $since)
}

# How many connections each port has.
function Connections {
  $counts = foreach ($port in "$($document.ports)" -split ':') {
    @(Get-NetTCPConnection -State Established -LocalPort $port -ErrorAction SilentlyContinue).Count
  }
  $counts -join ' '
}

function Now { [DateTime]::UtcNow.ToString('s') + 'Z' }

${powershellActions}

function Launch {
  Get-ChildItem -LiteralPath $state -Filter 'record-*' | Where-Object { $_.LastWriteTime -lt (Get-Date).AddDays(-90) } |
    Remove-Item -Recurse -Force
  $null = [IO.Directory]::CreateDirectory($record)
  $kept = $text
  if ($document.secrets) {
    $pipe = "octo-ha-$([Guid]::NewGuid())"
    $kept = $text -replace '(?m)^"secrets":\\[.*\\]', "\`"secrets\`":[\`"$pipe\`"]"
    $rights = New-Object IO.Pipes.PipeSecurity
    $rights.SetSecurityDescriptorSddlForm('D:P(A;;FA;;;BA)(A;;FA;;;SY)')
    $script:confidence = New-Object IO.Pipes.NamedPipeServerStream($pipe, 'Out', 1, 'Byte', 'Asynchronous', 0, 65536, $rights)
    $script:listener = $confidence.WaitForConnectionAsync()
  }
  Keep "$record\\octo-ha.request" $kept
  $started = Invoke-CimMethod -ClassName Win32_Process -MethodName Create -Arguments @{
    CommandLine = [Environment]::CommandLine
    CurrentDirectory = $record
  }
  if ($started.ReturnValue) { throw "Win32_Process.Create answered $($started.ReturnValue)" }
}

# Hands over what is confidential, once the runner has come for it.
function Entrust {
  if (!$confidence -or !$listener.IsCompleted) { return }
  $writer = New-Object IO.StreamWriter $confidence
  foreach ($secret in $document.secrets) { $writer.WriteLine($secret) }
  $writer.Close()
  $script:confidence = $null
}

# What the session hands over, as it came; none where the session is gone.
function Secrets {
  $pipe = New-Object IO.Pipes.NamedPipeClientStream('.', $document.secrets[0], 'In')
  $pipe.Connect(15000)
  $reader = New-Object IO.StreamReader $pipe
  $lines = @($reader.ReadToEnd() -split "\`r?\`n" | Where-Object { $_ } | ForEach-Object { Plain $_ })
  $reader.Close()
  if (!$lines) { throw 'the session that had the secrets is gone' }
  $lines
}

# Whether a port takes connections.
function Reaches($target) {
  $client = New-Object Net.Sockets.TcpClient
  try {
    $at = $target.LastIndexOf('/')
    if ($client.ConnectAsync($target.Substring(0, $at), [int]$target.Substring($at + 1)).Wait(5000)) { 'open' } else { 'closed' }
  } catch { 'closed' } finally { $client.Close() }
}

function Survey {
  $program = Plain $document.words[0]
  "platform Windows"
  "machine $env:COMPUTERNAME"
  $isAdministrator = (New-Object Security.Principal.WindowsPrincipal ([Security.Principal.WindowsIdentity]::GetCurrent())).IsInRole('Administrators')
  "user $(if ($isAdministrator) { 0 } else { 1 })"
  foreach ($asked in @(@('version'), @('list-instances', '--format=JSON'))) {
    $code = 127
    $found = try { & $program @asked 2>&1 | Out-String; $code = $LASTEXITCODE } catch { "$_" }
    "$($asked[0]) $code $("$found" -replace '\\s+', ' ')"
  }
  "free $([long]((Get-PSDrive ($env:SystemDrive[0])).Free / 1024))"
  foreach ($target in "$(if ($document.targets) { Plain $document.targets })" -split ' ') {
    if ($target) { "target $target $(Reaches $target)" }
  }
}

# The same until Windows starts anew.
function BootId {
  while (!($held = Lock 'boot')) { Start-Sleep -Milliseconds 50 }
  $key = [Microsoft.Win32.Registry]::LocalMachine.CreateSubKey('SOFTWARE\\octo-ha', $true, [Microsoft.Win32.RegistryOptions]::Volatile)
  $found = $key.GetValue('boot')
  if (!$found) {
    $found = [Guid]::NewGuid().ToString()
    $key.SetValue('boot', $found)
  }
  $held.Close()
  $found
}

# Comes back with the effect lock where the step is to be taken, and says why not otherwise.
function Decide {
  $until = (Get-Date).AddSeconds($document.wait)
  for (;;) {
    while (!($script:gate = Lock 'gate')) { Start-Sleep -Milliseconds 50 }
    $kept = Read "$state\\token"
    $script:highest = if ($kept) { [long]$kept } else { 0 }
    if ($document.token) {
      if ([long]$document.token -lt $highest) { Say 'refused' }
      if ([long]$document.token -gt $highest) { Keep "$state\\token" $document.token }
      $script:highest = [long]$document.token
    }
    $current = "$(Read "$state\\current")" -split ' '
    $script:effect = Lock 'effect'
    $free = $effect -and !(IsOrphaned $current)
    $running = if ($free) { @{} } else { @{ running = @{ operation = $current[0]; step = $current[1]; token = $current[2] } } }
    $isOurs = "$($current[0]).$($current[1])" -eq "$($document.operation).$($document.step)"
    if ($document.verb -eq 'show') { Say 'shown' $running }
    if ([IO.File]::Exists("$record\\exit")) { Say 'finished' (Recorded) }
    if ($document.verb -eq 'read' -and !$free -and $isOurs) { Say 'running' $running }
    if ($free -and [IO.File]::Exists("$record\\started")) { Say 'lost' (Recorded) }
    if ($document.verb -eq 'read') { Say 'not-started' }
    if ($document.verb -ne 'run') { throw "there is no verb $($document.verb)" }
    if ($free) {
      if ($isRunner) { return }
      if (!$launched) { Launch }
      $launched = $true
      $isOurs = $true
      $running = @{ running = @{ operation = $document.operation; step = $document.step; token = $document.token } }
    }
    if ($effect) { $effect.Close() }
    $gate.Close()
    Entrust
    if ((Get-Date) -ge $until) { Say $(if ($isOurs) { 'running' } else { 'busy' }) $running }
    Start-Sleep -Milliseconds 100
  }
}

try {
  $highest = 0
  $name = Plain $document.service
  $service = Get-Service | Where-Object { $_.Name -eq $name }
  $state = if ($document.state) { Plain $document.state } else { "$env:ProgramData\\octo-ha" }
  $record = "$state\\record-$($document.operation).$($document.step)"

  $rights = New-Object Security.AccessControl.DirectorySecurity
  $rights.SetSecurityDescriptorSddlForm('O:BAD:PAI(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)')
  $null = [IO.Directory]::CreateDirectory($state, $rights)
  if ((Get-Acl -LiteralPath $state).Sddl -notlike 'O:BA*') { throw "$state does not belong to the administrators" }

  $boot = BootId
  if ($document.verb -eq 'look') {
    $found = if ($service) { "$($service.Status) $(StartType)" } else { 'missing' }
    $counts = if ($document.ports) { try { Connections } catch {} }
    Say 'looked' @{ exitCode = '0'; connections = "$counts"; result = (Base64 $found) }
  }
  if ($document.verb -eq 'survey') { Say 'surveyed' @{ result = (Base64 ((Survey) -join "\`n")) } }
  $secrets = if ($isRunner -and $document.secrets) { @(Secrets) } else { @() }
  Decide
  Keep "$state\\current" "$($document.operation) $($document.step) $($document.token)"
  Keep "$record\\started" "$($document.token) $($document.action) $(Now) $boot"
  $gate.Close()
} catch {
  Say 'cannot' @{ message = (Base64 $_) }
}

$code = 0
try {
  $printed = Act | Out-String
} catch {
  $code = 1
  $printed = "$_"
}
if ($printed) { Keep "$record\\output" $printed }
Keep "$record\\exit" "$code $(Now)"
`;
