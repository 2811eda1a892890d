import { Failure } from '../../errors.js';
import { loadLab } from '../../lab/load/load.js';
import { command } from '../command.js';
import { duration, whole } from '../options.js';
import { durationRange, usualTasks } from './duration-range.js';
import { loadText } from './load-text.js';

export const labLoad = command({
  name: 'lab load',
  summary: 'Use the practice cluster as people would, and count what fails',
  description:
    'Sends web requests through the balancer at a constant rate, and queues tasks. Ctrl-C ends it with its result. ' +
    'Exits 1 when a request failed or a task was lost: ended otherwise than well, or not at all.',
  args: [],
  options: {
    rate: whole(200, { least: 0, most: 5_000 }, 'web requests a second'),
    for: duration('30s', 'how long'),
    tasksPerSecond: whole(0, { least: 0, most: 100 }, 'tasks a second'),
    duration: durationRange(usualTasks, 'how long each task works'),
  },
  examples: [
    ['octo-ha lab load', '200 requests a second for half a minute.'],
    ['octo-ha lab load --for 5m --tasks-per-second 2', 'With tasks; drain a node meanwhile.'],
  ],
  async run({ rate, for: time, tasksPerSecond, duration }, { lab, terminal, signal, globals }) {
    const host = await lab();
    if (globals.dryRun) return { json: { dryRun: true }, text: `would send ${rate} requests a second` };
    const result = await loadLab(host, { rate, time, tasksPerSecond, duration }, signal);
    const { web, tasks } = result;
    const text = loadText(result);
    if (web.failed === 0 && tasks.lost.length === 0) return { json: result, text };
    if (globals.output === 'text') terminal.result(text);
    throw new Failure('failed', `${web.failed} requests failed and ${tasks.lost.length} tasks were lost`, {
      details: { ...result },
    });
  },
});
