# Completion of octo-ha for PowerShell. In $PROFILE:  octo-ha completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName 'octo-ha' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { if ($null -ne $_.Value) { [string]$_.Value } else { $_.Extent.Text } })
    $typed = $wordToComplete.Trim("'", '"')
    octo-ha __complete powershell -- @words ".$typed" 2>$null | ForEach-Object {
        $value, $description = $_ -split "`t", 2
        if ($value -eq ':files') { return }
        if (-not $description) { $description = $value }
        $text = $value
        if ($value -notmatch '^[\w.=-]+$') {
            $text = "'" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($value) + "'"
        }
        [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $description)
    }
}
