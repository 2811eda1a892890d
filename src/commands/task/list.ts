import { listTasks } from '../../operations/list-tasks.js';
import { taskJson } from '../../render/json.js';
import { tasksTable } from '../../render/tasks-text.js';
import { command } from '../command.js';
import { text } from '../options.js';

export const taskList = command({
  name: 'task list',
  summary: 'List tasks that run, wait, are bound to a node or wait for a human',
  args: [],
  options: { node: text('NODE', 'only those that this node has taken') },
  examples: [
    ['octo-ha task list', 'Every task that has not ended.'],
    ['octo-ha task list --node web-2', 'What holds a drain of web-2.'],
  ],
  async run({ node }, { cluster, terminal, signal }) {
    const { at, tasks, nodeName } = await listTasks(await cluster(), { node }, signal);
    return {
      json: {
        tasks: tasks.map((task) => ({ ...taskJson(task), node: task.node === null ? null : nodeName(task.node) })),
      },
      text: tasks.length === 0 ? 'no task is running or waiting' : tasksTable(tasks, at, nodeName, terminal.out),
      paged: true,
      names: tasks.map(({ id }) => id),
    };
  },
});
