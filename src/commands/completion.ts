import { Failure } from '../errors.js';
import { command } from './command.js';
import { completionScripts } from './completion/scripts.js';

const shells = Object.keys(completionScripts);

export const completion = command({
  name: 'completion',
  summary: 'Print the completion script of a shell',
  description:
    'Completes commands, flags and their values, and names of nodes and operations from the database, where that ' +
    'answers at once. Shells: bash, zsh, fish, powershell.',
  args: ['shell'],
  options: {},
  examples: [
    ['source <(octo-ha completion bash)', 'In ~/.bashrc; likewise for zsh in ~/.zshrc, after compinit.'],
    ['octo-ha completion fish | source', 'In ~/.config/fish/config.fish.'],
    ['octo-ha completion powershell | Out-String | Invoke-Expression', 'In $PROFILE.'],
  ],
  async run({ shell }, { terminal, globals }) {
    const script = Object.entries(completionScripts).find(([name]) => name === shell)?.[1];
    if (script === undefined) throw new Failure('usage', `${shell} is none of ${shells.join(', ')}`);
    if (globals.output === 'text') {
      // Read by a shell, never by a pager.
      terminal.result(script.trimEnd());
      return undefined;
    }
    return { json: { shell, script }, text: script.trimEnd(), names: [shell] };
  },
});
