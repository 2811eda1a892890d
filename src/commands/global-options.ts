import { choice, duration, flag, keptText, list, text } from './options.js';

/** Options that every command takes. */
export const globalOptions = {
  context: text('NAME', 'the cluster to work on', 'c'),
  config: text('FILE', 'the context file'),
  output: choice(['text', 'json', 'ndjson', 'yaml', 'name'], 'text', 'how results are written', 'o'),
  json: flag('the same as -o json'),
  absoluteTimes: flag('instants in UTC where text shows ages'),
  quiet: flag('say only what is wrong', 'q'),
  verbose: flag('say more, and show the stack of a bug', 'v'),
  color: flag('(--no-color) no colours; so do NO_COLOR and TERM=dumb'),
  input: flag('(--no-input) never ask; refuse instead'),
  pager: flag('(--no-pager) no pager for long text; else OCTO_HA_PAGER, PAGER or less'),
  yes: flag('answer yes where a change is moderate', 'y'),
  confirm: text('NAME', 'consent to a severe change of what has that name'),
  dryRun: flag('say what would be done, and do nothing', 'n'),
  override: list('GUARD', 'go on against this guard; can be repeated'),
  reason: keptText('TEXT', 400, 'why; kept with the change'),
  change: keptText('ID', 200, 'the change ticket; kept with the change'),
  waitLease: duration('0s', 'queue behind another operation for so long'),
  timeout: duration('30s', 'for one call over the network'),
  deadline: duration(undefined, 'for the whole command'),
} as const;
