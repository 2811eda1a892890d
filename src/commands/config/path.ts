import { command } from '../command.js';

export const configPath = command({
  name: 'config path',
  summary: 'Tell where the context file is',
  args: [],
  options: {},
  examples: [['octo-ha config path', 'Also where there is none yet.']],
  async run(_input, { configurationFile: { path } }) {
    return { json: { path }, text: path, names: [path] };
  },
});
