import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Ends what a test run started and did not end: processes of its group, and those that left it but carry its mark in
 * their environment (a daemon, a tmux server). Answers with their command lines. Linux only: elsewhere there is no
 * /proc to ask.
 */
export async function endLeftBehind({ group, mark }) {
  const find = () => processes().filter((id) => groupOf(id) === group || environmentOf(id).includes(mark));
  // What is about to end by itself is not left behind.
  for (let looks = 0; looks < 20 && find().length > 0; looks += 1) await sleep(100);
  const left = find();
  const commands = left.map((id) => `${id} ${commandOf(id)}`);
  for (const id of left) {
    try {
      process.kill(id, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
  return commands;
}

function processes() {
  try {
    const ids = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
    return ids.filter((id) => id !== process.pid);
  } catch {
    return [];
  }
}

/** Empty for a process that has ended, or is somebody else's. */
function read(id, file) {
  try {
    return readFileSync(`/proc/${id}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

/** The beginning of its command line: one of the words may be a whole program. */
const commandOf = (id) =>
  read(id, 'cmdline')
    .replace(/[\0\s]+/g, ' ')
    .trim()
    .slice(0, 200);

const environmentOf = (id) => read(id, 'environ');

/** The fields after the program's name, which may contain anything: state, parent, group. A zombie has no group here. */
function groupOf(id) {
  const [state, , group] = read(id, 'stat')
    .replace(/^.*\) /s, '')
    .split(' ');
  return state === 'Z' ? undefined : Number(group);
}
