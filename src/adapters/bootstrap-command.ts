import type { Bootstrap } from '../ports/shell.js';

/** With `sudo`, a bootstrap for `sh` runs as root, without a password; Windows has elevated whoever logs in. */
export interface Privileges {
  readonly sudo?: boolean | undefined;
}

/** A bootstrap as a program and its words. */
export function bootstrapWords({ language, script }: Bootstrap, { sudo = false }: Privileges = {}): readonly string[] {
  if (language === 'sh') return [...(sudo ? ['sudo', '-n'] : []), 'sh', '-c', script];
  return ['powershell.exe', '-NoProfile', '-NonInteractive', '-EncodedCommand', base64(script, 'utf16le')];
}

/**
 * A bootstrap as one line that means the same to every shell an account may have: cmd.exe and PowerShell on Windows,
 * and elsewhere also csh and fish, which take quotes and line ends in ways of their own. So the line has no line end,
 * and no quote but those of one plain pair.
 *
 * cmd.exe takes 8191 characters, https://learn.microsoft.com/troubleshoot/windows-client/shell-experience/command-line-string-limitation
 */
export function bootstrapLine(bootstrap: Bootstrap, { sudo = false }: Privileges = {}): string {
  if (bootstrap.language === 'powershell') return bootstrapWords(bootstrap).join(' ');
  const script = base64(bootstrap.script, 'utf8');
  return `exec ${sudo ? 'sudo -n ' : ''}sh -c 'exec sh -c "$(echo ${script} | base64 -d)"'`;
}

const base64 = (text: string, encoding: 'utf8' | 'utf16le'): string => Buffer.from(text, encoding).toString('base64');
