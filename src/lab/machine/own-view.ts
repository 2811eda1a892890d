import { fromBase64, toBase64 } from '../../operations/machine/base64.js';
import type { SshCommand } from '../../ports/ssh-server.js';

/** What a machine's commands are told where its disk is. */
export const machineVariable = 'OCTO_HA_LAB_MACHINE';

const octopusServer = '/Octopus/Octopus.Server';

/**
 * A machine has these paths to itself, without being a container: where a script names one of them on the host, it is
 * made to name its like on the machine's own disk, by a variable, so that no path has to be quoted.
 */
function inScript(text: string): string {
  return text
    .replaceAll('/proc/sys/kernel/random/boot_id', `$${machineVariable}/boot_id`)
    .replaceAll('/var/lib/octo-ha', `$${machineVariable}/var/lib/octo-ha`)
    .replaceAll(octopusServer, `$${machineVariable}${octopusServer}`);
}

/** In what a person types, and in data that no shell looks at, the program is a plain word on the search path. */
const inWords = (text: string): string => text.replaceAll(octopusServer, 'Octopus.Server');

/** A bootstrap as octo-ha sends it: `sh` in base64, with or without sudo. */
const bootstrap = /^(exec (?:sudo -n )?sh -c 'exec sh -c "\$\(echo )([A-Za-z0-9+/=]+)( \| base64 -d\)"')$/;

/** The line that a machine runs for the one it is sent. */
export function onMachine(line: string): Pick<SshCommand, 'line' | 'rewriteInput'> {
  const [, before, script, after] = bootstrap.exec(line) ?? [];
  if (script === undefined) return { line: inWords(line) };
  return { line: `${before}${rewritten(script, inScript)}${after}`, rewriteInput: inDocument };
}

/** The words of a document, an entry a line, each in base64. */
function inDocument(document: string): string {
  return document.replace(/^"words":\[.*\]/m, (entry) =>
    entry.replace(/(?<=[[,]")[A-Za-z0-9+/=]+(?=")/g, (word) => rewritten(word, inWords)),
  );
}

/** What is not text stays as it is, byte by byte. */
function rewritten(base64: string, rewrite: (text: string) => string): string {
  const text = fromBase64(base64);
  const changed = rewrite(text);
  return changed === text ? base64 : toBase64(changed);
}
