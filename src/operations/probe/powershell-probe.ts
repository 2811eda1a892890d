import { powershellBootstrapOf } from '../../ports/powershell-bootstrap.js';
import { toBase64 } from '../machine/base64.js';
import { logPhrases } from './log-phrases.js';

const phrases = logPhrases.map(({ name, phrase }) => `  ${name} = '${phrase.replaceAll("'", "''")}'`).join('\n');

/**
 * Looks at a Windows machine, and changes nothing there, for Windows PowerShell 5.1. What cannot be told is null, one fact
 * at a time.
 */
export const powershellProbeProgram = `\
function Plain($base64) { [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($base64)) }

function Text($value) {
  $string = "$value"
  if ($string -cmatch '^[A-Za-z0-9 ._:/@=+,-]*$') { "~$string" }
  else { [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($string)) }
}

function Fact($look) { try { & $look } catch { $null } }

function Texts($values) { ,@($values | Where-Object { $_ } | ForEach-Object { Text $_ }) }

# A drive of this machine, a mapped one, or a share.
function Folder($path) {
  $fact = @{ path = (Text $path); exists = $false; target = '~'; fileSystem = '~'; source = '~'
    totalBytes = $null; freeBytes = $null; names = @(); entries = $null }
  if (![IO.Directory]::Exists($path)) { return $fact }
  $fact.exists = $true
  $item = Get-Item -LiteralPath $path -Force
  $target = if ($item.Target) { @($item.Target)[0] } else { $item.FullName }
  $fact.target = Text $target
  $all = @([IO.Directory]::EnumerateFileSystemEntries($path) | Select-Object -First 50000 | ForEach-Object { [IO.Path]::GetFileName($_) })
  [Array]::Sort($all, [StringComparer]::Ordinal)
  $fact.entries = $all.Count
  $fact.names = Texts @($all | Select-Object -Last 20)
  $root = [IO.Path]::GetPathRoot($target)
  if ($root -like '\\\\*') {
    $fact.source = Text $root
    $fact.fileSystem = Text 'smb'
    $size = (New-Object -ComObject Scripting.FileSystemObject).GetFolder($path).Drive
    $fact.totalBytes = [long]$size.TotalSize
    $fact.freeBytes = [long]$size.AvailableSpace
  } else {
    $disk = Get-CimInstance Win32_LogicalDisk -Filter "DeviceID='$($root.Substring(0, 2))'"
    $fact.source = Text $(if ($disk.ProviderName) { $disk.ProviderName } else { $root })
    $fact.fileSystem = Text $(if ($disk.DriveType -eq 4) { 'smb' } else { $disk.FileSystem })
    $fact.totalBytes = [long]$disk.Size
    $fact.freeBytes = [long]$disk.FreeSpace
  }
  $fact
}

function Reach($target) {
  $at = $target.LastIndexOf(':')
  $client = New-Object Net.Sockets.TcpClient
  try {
    $wait = $client.BeginConnect($target.Substring(0, $at), [int]$target.Substring($at + 1), $null, $null)
    $ok = $wait.AsyncWaitHandle.WaitOne(3000) -and $client.Connected
  } catch { $ok = $false } finally { $client.Close() }
  @{ target = (Text $target); ok = $ok }
}

function Name($name) {
  $found = Fact { [Net.Dns]::GetHostAddresses($name) | ForEach-Object { $_.IPAddressToString } | Sort-Object -Unique }
  @{ name = (Text $name); addresses = (Texts $found) }
}

$phrases = @{
${phrases}
}

$listOf = { param($name) @($document.$name | ForEach-Object { Plain $_ }) }
$wanted = Plain $document.service
$instance = Plain $document.instance
$system = Get-CimInstance Win32_OperatingSystem
$computer = Get-CimInstance Win32_ComputerSystem
$service = Get-CimInstance Win32_Service | Where-Object { $_.Name -eq $wanted } | Select-Object -First 1
$sockets = Fact { @(Get-NetTCPConnection -ErrorAction Stop) }
$records = "$env:ProgramData\\Octopus\\OctopusServer\\Instances"
$configFile = Fact { (Get-Content -LiteralPath "$records\\$instance.config" -Raw | ConvertFrom-Json).ConfigurationFilePath }
$config = Fact { [xml](Get-Content -LiteralPath $configFile -Raw) }
$settings = @{}
foreach ($set in @($config.'octopus-settings'.set)) { if ($set.key) { $settings[$set.key] = $set.InnerText } }
$builder = Fact { $b = New-Object Data.Common.DbConnectionStringBuilder
  $b.set_ConnectionString($settings['Octopus.Storage.ExternalDatabaseConnectionString']); $b }
$part = { param($keys) foreach ($key in $keys) { if ($builder -and $builder.ContainsKey($key)) { return $builder[$key] } } }
$home_ = $settings['Octopus.Home']
$log = Fact {
  $stream = [IO.File]::Open("$home_\\Logs\\OctopusServer.txt", 'Open', 'Read', 'ReadWrite, Delete')
  $null = $stream.Seek([Math]::Max(0, $stream.Length - 262144), 'Begin')
  (New-Object IO.StreamReader($stream)).ReadToEnd()
  $stream.Close()
}
$counts = if ($null -eq $log) { $null } else {
  $found = @{}
  foreach ($entry in $phrases.GetEnumerator()) { $found[$entry.Key] = [regex]::Matches($log, [regex]::Escape($entry.Value)).Count }
  $found
}
$pending = Fact {
  [bool]((Test-Path 'HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\RebootPending') -or
    (Test-Path 'HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update\\RebootRequired'))
}
$place = Fact { (Get-ItemProperty 'HKLM:\\Software\\Octopus\\OctopusServer').InstallLocation }
$version = Fact { (Get-Item -LiteralPath (Join-Path $place 'Octopus.Server.exe')).VersionInfo.ProductVersion }
$watchdog = Fact { [bool]@(Get-ScheduledTask -ErrorAction Stop | Where-Object { $_.TaskName -like 'Octopus Watchdog*' -and $_.State -ne 'Disabled' }).Count }
$time = Fact { (Get-Service W32Time).Status -eq 'Running' }
$states = @{ Running = 'running'; Stopped = 'stopped' }
$state = if (!$service) { 'missing' } elseif ($states[$service.State]) { $states[$service.State] } else { $service.State }

$answer = [ordered]@{
  os = 'windows'; osName = (Text $system.Caption); osVersion = (Text $system.Version)
  host = (Text $env:COMPUTERNAME); user = (Text ([Security.Principal.WindowsIdentity]::GetCurrent().Name))
  utcOffsetMinutes = [int][TimeZoneInfo]::Local.GetUtcOffset([DateTime]::UtcNow).TotalMinutes
  timeSynchronised = $time; rebootPending = $pending
  uptimeSeconds = [long]((Get-Date) - $system.LastBootUpTime).TotalSeconds
  processors = [int]$computer.NumberOfLogicalProcessors; load = $null
  memoryBytes = [long]$system.TotalVisibleMemorySize * 1024; memoryAvailableBytes = [long]$system.FreePhysicalMemory * 1024
  folders = @(& $listOf 'folders' | ForEach-Object { Folder $_ })
  listening = $(if ($sockets) { ,@($sockets | Where-Object State -eq 'Listen' | ForEach-Object { [int]$_.LocalPort } | Sort-Object -Unique) })
  pollers = $(if ($sockets) { Texts @($sockets | Where-Object { $_.State -eq 'Established' -and $_.LocalPort -eq [int]$document.port } | ForEach-Object { $_.RemoteAddress } | Sort-Object -Unique) })
  reach = @(& $listOf 'reach' | ForEach-Object { Reach $_ })
  names = @(& $listOf 'names' | ForEach-Object { Name $_ })
  service = @{ state = (Text $state); automatic = $(if ($service) { $service.StartMode -eq 'Auto' }); account = (Text $service.StartName); restarts = $null }
  watchdog = $watchdog; instances = (Fact { @(Get-ChildItem -LiteralPath $records -Filter '*.config' -ErrorAction Stop).Count })
  nodeName = (Text $settings['Octopus.Server.NodeName']); home = (Text $home_)
  databaseServer = (Text (& $part 'Server', 'Data Source')); databaseName = (Text (& $part 'Database', 'Initial Catalog'))
  version = (Text ("$version" -replace '\\+.*')); proxy = (Text $(if ($env:HTTPS_PROXY) { 'set' })); log = $counts
  clock = [long]([DateTime]::UtcNow - [DateTime]'1970-01-01').TotalMilliseconds
}
# Nothing at all would become an empty object.
foreach ($key in @($answer.Keys)) { if ($null -eq $answer[$key]) { $answer[$key] = $null } }
if ($null -eq $answer.service.automatic) { $answer.service.automatic = $null }
[Console]::Out.WriteLine('octo-ha-probe:' + ($answer | ConvertTo-Json -Compress -Depth 5))
`;

/** SHA-256 of the program, in capitals as .NET writes it; a test holds the two together. */
const sum = '2B1925A555DD13A3B32A2ADA93D1436388ADFA5DA66891E527449C6A7C1F460C';

/** The program as the document carries it. */
export const probeProgramInBase64 = toBase64(powershellProbeProgram);

export const powershellProbe = powershellBootstrapOf(sum, 'standard-input');
