import { counted } from '../../cluster/counted.js';
import { requireLab } from '../../lab/look.js';
import { labPaths } from '../../lab/record.js';
import { answerTasks, submitTasks } from '../../lab/submit.js';
import { command } from '../command.js';
import { flag, whole } from '../options.js';
import { durationRange, usualTasks } from './duration-range.js';

export const labSubmit = command({
  name: 'lab submit',
  summary: 'Queue tasks in the practice cluster',
  args: [],
  options: {
    count: whole(1, { least: 1, most: 10_000 }, 'how many'),
    duration: durationRange(usualTasks, 'how long each of them works'),
    human: flag('halfway they wait for a human, bound to their node'),
    answer: flag('be that human: let all tasks that wait go on, and queue none'),
  },
  examples: [
    ['octo-ha lab submit --count 20 --duration 1s..5s', 'Twenty tasks of one to five seconds.'],
    ['octo-ha lab submit --human --duration 10s', 'A task that holds its node until it is answered.'],
    ['octo-ha lab submit --answer', 'Answers it.'],
  ],
  async run({ count, duration, human, answer }, { lab, globals, signal }) {
    const host = await lab();
    await requireLab(host);
    if (globals.dryRun) {
      const text = answer ? 'would answer every task that waits for a human' : `would queue ${counted(count, 'task')}`;
      return { json: { dryRun: true }, text };
    }
    await using octopus = host.openDatabase(host.home.pathOf(labPaths.database), { create: false });
    if (answer) {
      const answered = await answerTasks(octopus, signal);
      return { json: { answered }, text: `answered ${counted(answered.length, 'task')}`, names: answered };
    }
    const tasks = await submitTasks(octopus, { count, duration, asksHuman: human }, host.random, signal);
    return { json: { tasks }, text: `queued ${counted(tasks.length, 'task')}`, names: tasks };
  },
});
