function Plain($base64) { [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($base64)) }

function Base64($text) { [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes("$text")) }

function Answer($line) {
  if ($isRunner) {
    [IO.File]::WriteAllText("$PWD\octo-ha.answer.new", $line)
    [IO.File]::Move("$PWD\octo-ha.answer.new", "$PWD\octo-ha.answer")
  } else { [Console]::Out.WriteLine($line) }
  exit 0
}

function Say($state, $more = @{}) {
  $answer = @{ state = $state; user = (Base64 $user.Name); account = (Base64 $account); as = $as } + $more
  Answer ('octo-ha:' + ($answer | ConvertTo-Json -Compress))
}

# The names of one account differ, its number does not.
function Sid($name) {
  switch -Regex ($name) {
    '^LocalSystem$' { return 'S-1-5-18' }
    '^NT AUTHORITY\\Local ?Service$' { return 'S-1-5-19' }
    '^NT AUTHORITY\\Network ?Service$' { return 'S-1-5-20' }
  }
  $full = $name -replace '^\.\\', "$env:COMPUTERNAME\"
  (New-Object Security.Principal.NTAccount $full).Translate([Security.Principal.SecurityIdentifier]).Value
}

function AsTask($principal) {
  $state = "$env:ProgramData\octo-ha"
  $rights = New-Object Security.AccessControl.DirectorySecurity
  $rights.SetSecurityDescriptorSddlForm('O:BAD:PAI(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)')
  $null = [IO.Directory]::CreateDirectory($state, $rights)
  if ((Get-Acl -LiteralPath $state).Sddl -notlike 'O:BA*') { throw "$state does not belong to the administrators" }
  $place = "$state\probe-$([Guid]::NewGuid())"
  $rights.SetSecurityDescriptorSddlForm("O:BAD:PAI(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;OICI;0x1301bf;;;$sid)")
  $null = [IO.Directory]::CreateDirectory($place, $rights)
  $name = "octo-ha $(Split-Path -Leaf $place)"
  $task = @{
    TaskName = $name
    Action = New-ScheduledTaskAction -Execute 'powershell.exe' -WorkingDirectory $place -Argument (
      '-NoProfile -NonInteractive -EncodedCommand ' + [Environment]::GetCommandLineArgs()[-1])
    Settings = New-ScheduledTaskSettingsSet -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries -ExecutionTimeLimit (
      New-TimeSpan -Minutes 5)
  }
  try {
    $document.PSObject.Properties.Remove('password')
    [IO.File]::WriteAllText("$place\octo-ha.request", ($document | ConvertTo-Json -Compress))
    $null = Register-ScheduledTask @task @principal
    Start-ScheduledTask -TaskName $name
    $until = (Get-Date).AddSeconds(60 + [int]$document.seconds)
    while (![IO.File]::Exists("$place\octo-ha.answer")) {
      if ((Get-Date) -ge $until) { throw "the scheduled task gave no answer: $((Get-ScheduledTaskInfo -TaskName $name).LastTaskResult)" }
      Start-Sleep -Milliseconds 100
    }
    $line = [IO.File]::ReadAllText("$place\octo-ha.answer")
  } finally {
    Stop-ScheduledTask -TaskName $name -ErrorAction SilentlyContinue
    Unregister-ScheduledTask -TaskName $name -Confirm:$false -ErrorAction SilentlyContinue
    Remove-Item -LiteralPath $place -Recurse -Force -ErrorAction SilentlyContinue
  }
  Answer $line
}

# What a task needs to run as the account; nothing where it cannot.
function Principal {
  if ('S-1-5-18', 'S-1-5-19', 'S-1-5-20' -contains $sid) {
    return @{ Principal = New-ScheduledTaskPrincipal -UserId $sid -LogonType ServiceAccount }
  }
  $full = $account -replace '^\.\\', "$env:COMPUTERNAME\"
  if ($full -match '\$$') { return @{ Principal = New-ScheduledTaskPrincipal -UserId $full -LogonType Password } }
  if ($document.password) { return @{ User = $full; Password = (Plain $document.password) } }
}

# Only administrators may see them.
function Connections {
  try { Get-SmbConnection | ForEach-Object { "\\$($_.ServerName)\$($_.ShareName)" } } catch {}
}

# Links and mapped drives lead elsewhere; a path of a server stays.
function Target {
  $at = [IO.Path]::GetFullPath($path)
  for ($i = 0; $i -lt 16 -and $at -notlike '\\*'; $i++) {
    $letter = $at.Substring(0, 1)
    $mapped = (Get-PSDrive -Name $letter -PSProvider FileSystem).DisplayRoot
    if ($mapped -like '\\*') { $at = $mapped.TrimEnd('\') + '\' + $at.Substring(3); break }
    $link = Get-Item -LiteralPath $at -Force
    while ($link -and !$link.LinkType) { $link = $link.Parent }
    if (!$link) { break }
    $at = ([string]@($link.Target)[0] -replace '^UNC\\', '\\') + $at.Substring($link.FullName.Length)
  }
  $at.TrimEnd('\')
}

function Look {
  $null = @(Get-ChildItem -LiteralPath $path -Force | Select-Object -First 1)
  $at = Target
  if ($at -match '^(\\\\[^\\]+\\[^\\]+)(.*)$') {
    $source, $inside = $Matches[1], $Matches[2]
    $type = 'smb'
    $open = @(Connections)
    if ($open.Count -and $open -notcontains $source) {
      $type = 'dfs'
      $source = ($open | Sort-Object -Unique) -join ' '
    }
  } else {
    $source, $inside = $at.Substring(0, 2), $at.Substring(2)
    $type = ([IO.DriveInfo]$source).DriveFormat
  }
  $machine = (Get-ItemProperty 'HKLM:\SOFTWARE\Microsoft\Cryptography').MachineGuid
  Say 'looked' @{
    type = (Base64 $type); source = (Base64 $source); inside = (Base64 $inside)
    machine = (Base64 $machine); device = ''
  }
}

# Alone, or not at all. Windows has numbers of its own for both kinds of lock.
function Lock {
  try { [IO.File]::Open("$folder\lock", 'Open', 'ReadWrite', 'None') } catch {
    $why = $_.Exception.GetBaseException()
    if ($why.HResult -eq 0x80070020 -or $why.HResult -eq 0x80070021) { Say 'refused' }
    throw
  }
}

function Act {
  $path = Plain $document.path
  if ($path -notmatch '^([A-Za-z]:|\\\\[^\\?.])') { throw "$path is no path of Windows" }
  if (![IO.Directory]::Exists($path)) { Say 'missing' }
  $folder = Join-Path $path $document.folder
  $file = "$folder\$($document.file)"
  switch ("$($document.verb):$($document.file)") {
    'look:' { Look }
    { 'write:probe', 'write:lock', 'write:release' -contains $_ } {
      $null = [IO.Directory]::CreateDirectory($folder)
      [IO.File]::WriteAllText($file, (Plain $document.text))
      Say 'written'
    }
    { 'see:probe', 'see:held' -contains $_ } {
      if (![IO.File]::Exists($file)) { Say 'missing' }
      Say 'seen' @{ text = (Base64 ([IO.File]::ReadAllText($file))) }
    }
    'remove:' {
      if ([IO.Directory]::Exists($folder)) {
        # Without this file, whoever holds the lock gives it back.
        [IO.File]::Delete("$folder\held")
        for ($i = 0; ; $i++) {
          try {
            foreach ($one in 'probe', 'release', 'lock') { [IO.File]::Delete("$folder\$one") }
            break
          } catch {
            if ($i -ge 30) { throw }
            Start-Sleep -Milliseconds 100
          }
        }
        [IO.Directory]::Delete($folder)
      }
      Say 'removed'
    }
    { 'hold:', 'try:' -contains $_ } {
      if (![IO.File]::Exists("$folder\lock")) { Say 'missing' }
      $held = Lock
      if ($_ -eq 'try:') { Say 'taken' }
      [IO.File]::WriteAllText("$folder\held", (Plain $document.text))
      $until = (Get-Date).AddSeconds($document.seconds)
      while (![IO.File]::Exists("$folder\release")) {
        if ((Get-Date) -ge $until -or ![IO.File]::Exists("$folder\held")) { Say 'expired' }
        Start-Sleep -Milliseconds 200
      }
      Say 'released'
    }
    default { throw "there is no $_" }
  }
}

$user = [Security.Principal.WindowsIdentity]::GetCurrent()
$account = ''
$as = 'unknown'
try {
  if ($document.service) {
    $name = Plain $document.service
    $account = "$((Get-CimInstance Win32_Service | Where-Object { $_.Name -eq $name }).StartName)"
  }
  if ($account) {
    $sid = Sid $account
    $as = if ($user.User.Value -eq $sid) { 'service' } else { 'other' }
    $principal = if ($as -eq 'other' -and !$isRunner) { Principal }
    if ($principal) { AsTask $principal }
  }
  Act
} catch {
  Say 'cannot' @{ message = (Base64 $_) }
}
