import type { OctopusMachine, ServerCommand } from './command.js';
import { Complaint, wholeNumber } from './flags.js';
import { ofInstance } from './instances.js';

/** The unit of the machine, as `systemctl` sees it from now on. */
export const service = ofInstance({
  flags: {
    ...({
      install: 'flag',
      uninstall: 'flag',
      reconfigure: 'flag',
      start: 'flag',
      stop: 'flag',
      restart: 'flag',
    } as const),
    ...({ user: 'value', username: 'value', password: 'value', dependOn: 'value' } as const),
  },
  async run(flags, { disk, service: node, instance, record }, signal) {
    const said: string[] = [];
    const stops = ['stop', 'restart', 'uninstall'].some((name) => flags.has(name));
    if (stops || (flags.has('reconfigure') && !flags.has('install'))) await requireUnit(disk);
    // Before it stops, so that nothing starts it again in between.
    if (flags.has('uninstall')) await disk.unit.remove();
    if (stops) {
      await node.stop(signal);
      said.push(flags.has('uninstall') ? 'Service uninstalled' : 'Service stopped');
    }
    if (flags.has('install') && (await disk.unit.read()) === undefined) {
      const restart = record.watched ? 'on-failure' : 'no';
      await disk.unit.write({ instance: instance.name, enabled: 'yes', masked: 'no', restart });
      said.push('Service installed');
    }
    if (flags.has('start') || flags.has('restart')) {
      await requireUnit(disk);
      const started = await node.start();
      if (started !== 'started') throw new Complaint(`The service could not be started (${started}).`);
      said.push('Service started');
    }
    return said.join('\n');
  },
});

async function requireUnit(disk: OctopusMachine['disk']): Promise<void> {
  if ((await disk.unit.read()) === undefined) throw new Complaint('The service is not installed on this machine.');
}

/** The scheduled task that starts a service again which it finds stopped. A machine of the lab looks more often. */
export const watchdog: ServerCommand = {
  flags: { create: 'flag', delete: 'flag', interval: 'value', instances: 'value' },
  async run(flags, { disk }) {
    if (flags.has('create') === flags.has('delete')) throw new Complaint('Give either --create or --delete.');
    if (flags.has('delete')) {
      await disk.watchdog.remove();
      return 'Watchdog deleted';
    }
    await disk.watchdog.write({ interval: wholeNumber(flags, 'interval', 5) });
    return 'Watchdog created';
  },
};
