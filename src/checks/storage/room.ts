import { fail, pass, type Verdict, warn } from '../check.js';
import { type Limits, ours } from '../limits.js';

const gigabyte = 1024 ** 3;

/** Below this no share lives long, whatever part of it that is. */
const least = gigabyte;

/** So much is room enough, however small a part of a large share it is. */
const enough = 20 * gigabyte;

/** Whether there is room for what nodes write; in bytes. */
export function judgeRoom(
  { path, free, total }: { readonly path: string; readonly free: number; readonly total: number },
  limits: Limits,
): Verdict {
  const percent = total === 0 ? 0 : Math.round((100 * free) / total);
  const left = Math.round(free / gigabyte);
  const evidence = { path, freePercent: percent, freeGigabytes: left };
  const problem = `${path} has ${percent}% free, ${left} GB`;
  if (free >= enough) return pass(evidence);
  if (percent < limits.diskFreeFail) return fail(`${problem} ${ours(limits, 'diskFreeFail')}`, { evidence });
  if (free < least) return fail(`${problem}: less than 1 GB`, { evidence });
  if (percent < limits.diskFreeWarn) return warn(`${problem} ${ours(limits, 'diskFreeWarn')}`, { evidence });
  return pass(evidence);
}
