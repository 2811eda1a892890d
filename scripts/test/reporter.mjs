import { resolve } from 'node:path';

/**
 * A reporter for `node --test` that counts, as one line of JSON. A suite counts only where it was skipped or failed as
 * a whole; a file without a test counts as failed, since it looks tested and is not.
 */
export default async function* report(events) {
  const counted = { passed: 0, failures: [], skipped: [] };
  const titles = [];
  for await (const { type, data } of events) {
    if (type === 'test:start') titles.splice(data.nesting, Infinity, data.name);
    if (type !== 'test:pass' && type !== 'test:fail') continue;

    const title = [...titles.slice(0, data.nesting), data.name].join(' > ');
    const isSuite = data.details.type === 'suite';
    if (data.skip !== undefined || data.todo !== undefined) {
      counted.skipped.push({ title, reason: reasonOf(data) });
    } else if (type === 'test:fail') {
      const isToldByItsTests = isSuite && data.details.error.failureType !== 'hookFailed';
      if (!isToldByItsTests) counted.failures.push({ title, why: whyOf(data.details) });
    } else if (!isSuite) {
      const isFile = data.nesting === 0 && resolve(data.name) === data.file;
      if (isFile) counted.failures.push({ title, why: 'it holds no test' });
      else counted.passed += 1;
    }
  }
  yield `${JSON.stringify(counted)}\n`;
}

/** The beginning of what went wrong, and how the process of a whole file ended. */
function whyOf({ error, duration_ms: took }) {
  const { exitCode, signal } = error;
  const ends = [exitCode ? `exit code ${exitCode}` : '', signal ? `ended by ${signal}` : ''].filter(Boolean);
  const cause = error.cause ?? error;
  const text = String(cause.message ?? cause).slice(0, 1_500);
  return [`after ${Math.round(took / 1_000)} s`, ...ends, text].join(', ');
}

function reasonOf({ skip, todo }) {
  if (typeof skip === 'string') return skip;
  return todo === undefined ? 'no reason given' : `to do${typeof todo === 'string' ? `: ${todo}` : ''}`;
}
