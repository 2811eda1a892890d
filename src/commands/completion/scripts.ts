import type { ShellName } from './typed-words.js';

/**
 * What each shell runs at the press of TAB. Names come from the database, so each script leaves it to its shell to
 * quote what is put into the command line: bash by `printf %q`, PowerShell by its own function; zsh and fish quote by
 * themselves.
 */
export const completionScripts: Readonly<Record<ShellName, string>> = {
  bash: `# Completion of octo-ha for bash. In ~/.bashrc:  source <(octo-ha completion bash)
_octo_ha() {
  local value quoted
  COMPREPLY=()
  # What begins with a quotation mark would be quoted twice.
  [[ \${COMP_WORDS[COMP_CWORD]} == [\\"\\']* ]] && return 0
  while IFS=$'\\t' read -r value _; do
    if [[ $value == :files ]]; then
      compopt -o default 2>/dev/null
      return 0
    fi
    [[ $value == *= ]] && compopt -o nospace 2>/dev/null
    printf -v quoted %q "$value"
    COMPREPLY+=("$quoted")
  done < <(octo-ha __complete bash -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _octo_ha octo-ha
`,
  zsh: `#compdef octo-ha
# Completion of octo-ha for zsh. In ~/.zshrc, after compinit:  source <(octo-ha completion zsh)
_octo_ha() {
  local value description
  local -a values shown open openShown
  while IFS=$'\\t' read -r value description; do
    if [[ $value == :files ]]; then
      _files
      return
    fi
    if [[ $value == *= ]]; then
      open+=("$value")
      openShown+=("$value\${description:+  -- $description}")
    else
      values+=("$value")
      shown+=("$value\${description:+  -- $description}")
    fi
  done < <(octo-ha __complete zsh -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)
  (( \${#values} )) && compadd -l -d shown -a values
  (( \${#open} )) && compadd -S '' -l -d openShown -a open
}
if [[ $funcstack[1] == _octo_ha ]]; then
  _octo_ha "$@"
else
  compdef _octo_ha octo-ha
fi
`,
  fish: `# Completion of octo-ha for fish. In ~/.config/fish/config.fish:  octo-ha completion fish | source
function __octo_ha_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l found (octo-ha __complete fish -- $words[2..-1] "$current" 2>/dev/null)
    if test "$found[1]" = ":files"
        __fish_complete_path "$current"
    else
        printf '%s\\n' $found
    end
end
complete -c octo-ha -f -a '(__octo_ha_complete)'
`,
  powershell: `# Completion of octo-ha for PowerShell. In $PROFILE:  octo-ha completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName 'octo-ha' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { if ($null -ne $_.Value) { [string]$_.Value } else { $_.Extent.Text } })
    $typed = $wordToComplete.Trim("'", '"')
    octo-ha __complete powershell -- @words ".$typed" 2>$null | ForEach-Object {
        $value, $description = $_ -split "\`t", 2
        if ($value -eq ':files') { return }
        if (-not $description) { $description = $value }
        $text = $value
        if ($value -notmatch '^[\\w.=-]+$') {
            $text = "'" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($value) + "'"
        }
        [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $description)
    }
}
`,
};
