/**
 * What a runner does on Windows, in its own words. A disabled service is started by nobody: neither by its recovery
 * actions, nor by Octopus' watchdog, nor at the start of the machine.
 *
 * The watchdog of Octopus Server is a scheduled task with the name of the application, or in older versions of the
 * instance: https://octopus.com/docs/administration/octopus.server.exe-command-line/watchdog
 */
export const powershellActions = `\
# The number of Windows, and whether it is delayed.
function StartType {
  $found = Get-ItemProperty -LiteralPath "HKLM:\\SYSTEM\\CurrentControlSet\\Services\\$name"
  "$($found.Start).$([int]$found.DelayedAutostart)"
}

function Succeeded { if ($LASTEXITCODE) { throw "it ended with exit code $LASTEXITCODE" } }

# Runs a command with what it is told in confidence, which is taken out of what it prints before that is written down.
function Confide($file, $line) {
  $info = New-Object Diagnostics.ProcessStartInfo
  $info.FileName = $file
  $info.UseShellExecute = $false
  $info.RedirectStandardOutput = $true
  $info.RedirectStandardError = $true
  $hidden = @()
  foreach ($secret in $secrets) {
    $kind, $value = $secret -split ':', 2
    if ($kind -eq 'word') { $line += " $value" }
    if ($kind -eq 'variable') { $variable, $set = $value -split '=', 2; $info.EnvironmentVariables[$variable] = $set }
    if ($kind -eq 'hidden') { $hidden += $value }
  }
  $info.Arguments = $line
  $process = [Diagnostics.Process]::Start($info)
  Keep "$record\\process" "$($process.Id) $($process.StartTime.Ticks)"
  $complaints = $process.StandardError.ReadToEndAsync()
  $printed = $process.StandardOutput.ReadToEnd() + $complaints.Result
  $process.WaitForExit()
  foreach ($value in $hidden) { $printed = $printed.Replace($value, '...') }
  Keep "$record\\output" $printed
  $script:code = $process.ExitCode
}

function Act {
  if (!$service -and $document.action -match '^se') { throw "there is no service $name" }
  switch ($document.action) {
    'service-stop' { $service | Stop-Service }
    'service-start' { $service | Start-Service }
    'set-start-type' {
      $was = StartType
      Keep "$record\\result" $was
      $words = @{ '2.0' = 'auto'; '2.1' = 'delayed-auto'; '3.0' = 'demand'; '3.1' = 'demand'; '4.0' = 'disabled'; '4.1' = 'disabled' }
      $types = @{ auto = 'auto'; manual = 'demand'; disabled = 'disabled'; former = $words["$($document.former)"] }
      sc.exe config $name start= $types[$document.value]
      Succeeded
      Keep "$record\\result" "$was\`n$(StartType)"
    }
    'watchdog-suspend' {
      $tasks = @(Get-ScheduledTask 'Octopus Watchdog*' | Where-Object { $_.State -ne 'Disabled' -and $_.TaskName -notmatch 'Tentacle' })
      Keep "$record\\result" (($tasks | ForEach-Object { $_.TaskPath + $_.TaskName }) -join "\`n")
      $tasks | Disable-ScheduledTask
    }
    'watchdog-restore' {
      $names = @($document.words | ForEach-Object { Plain $_ })
      Get-ScheduledTask | Where-Object { $names -contains ($_.TaskPath + $_.TaskName) } | Enable-ScheduledTask
    }
    'reboot' {
      shutdown.exe /r /t 5
      Succeeded
    }
    'run-as-task' {
      # An installer refuses a remote logon, and takes the system's own: the task is removed whatever becomes of it.
      $task = "octo-ha $($document.operation) $($document.step)"
      $line = '/d /s /c "' + (Plain $document.file) + ' ' + (Plain $document.line) + ' >"' + "$record\\output" + '" 2>&1"'
      $does = New-ScheduledTaskAction -Execute 'cmd.exe' -Argument $line
      $null = Register-ScheduledTask $task -Action $does -User 'SYSTEM' -RunLevel Highest -Force
      try {
        Start-ScheduledTask $task
        do {
          Start-Sleep -Seconds 1
          $now = Get-ScheduledTaskInfo $task
        } while ((Get-ScheduledTask $task).State -eq 'Running' -or 267009, 267011 -contains $now.LastTaskResult)
        $script:code = [int]$now.LastTaskResult
      } finally {
        Unregister-ScheduledTask $task -Confirm:$false
      }
    }
    default {
      if ($secrets) {
        Confide (Plain $document.file) (Plain $document.line)
        return
      }
      $printed = @{ RedirectStandardOutput = "$record\\output"; RedirectStandardError = "$record\\errors" }
      $more = @{}
      if ($document.line) { $more.ArgumentList = Plain $document.line }
      $process = Start-Process -FilePath (Plain $document.file) @more -NoNewWindow -PassThru @printed
      # Without this .NET forgets the exit code.
      $null = $process.Handle
      Keep "$record\\process" "$($process.Id) $($process.StartTime.Ticks)"
      $process.WaitForExit()
      $script:code = $process.ExitCode
    }
  }
}`;
