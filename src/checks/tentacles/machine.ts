import { pass, skip, type Verdict, warn } from '../check.js';
import { type Machines, machinesCheck } from '../kinds.js';
import { pollingPort } from './octopus.js';

const allListen = machinesCheck({
  id: 'tentacles/all-listen',
  title: 'every machine listens for polling Tentacles, or none does',
  why: 'A polling Tentacle gets work only from the nodes that it polls: one that does not listen never deploys to it.',
  cure: {
    text: 'See in the log of that node why the port could not be opened; a node for the web only is left aside by a suppression.',
    commands: ['Octopus.Server configure --instance INSTANCE --commsListenPort 10943'],
  },
  judge(machines: Machines): Verdict {
    const told = [...machines].filter(
      ([, { listening, service }]) => listening !== null && service.state !== 'stopped',
    );
    const open = told.filter(([, { listening }]) => listening?.includes(pollingPort) === true);
    if (told.length < 2 || open.length === 0)
      return skip(`nothing listens on ${pollingPort} on the machines that tell`);
    const closed = told.filter((one) => !open.includes(one)).map(([name]) => name);
    return closed.length === 0
      ? pass({ machines: open.length })
      : warn(`nothing listens on ${pollingPort} on ${closed.join(', ')}`);
  },
});

const coverage = machinesCheck({
  id: 'tentacles/coverage',
  title: 'whoever polls one node polls all of them',
  why:
    'From the connections that are open to each machine at this moment, by the address they come from. A Tentacle that ' +
    'does not poll a node cannot be deployed to by it: "did not collect the request within the allowed time".',
  cure: {
    text: 'Add the node to that Tentacle and restart it.',
    commands: [
      'Tentacle poll-server --instance INSTANCE --server https://NODE --apiKey KEY',
      'Tentacle service --instance INSTANCE --restart',
    ],
  },
  judge(machines): Verdict {
    const told = [...machines].flatMap(([name, { pollers, service }]) =>
      pollers === null || service.state === 'stopped' ? [] : [[name, new Set(pollers)] as const],
    );
    const everybody = [...new Set(told.flatMap(([, pollers]) => [...pollers]))].sort();
    if (told.length < 2 || everybody.length === 0) return skip('no connection of a polling Tentacle is open');
    const partial = everybody.flatMap((address) => {
      const missing = told.filter(([, pollers]) => !pollers.has(address)).map(([name]) => name);
      return missing.length === 0 ? [] : [`${address} does not poll ${missing.join(', ')}`];
    });
    if (partial.length === 0) return pass({ pollers: everybody.length });
    return warn(`${partial.slice(0, 5).join('; ')}${partial.length > 5 ? `; and ${partial.length - 5} more` : ''}`, {
      evidence: { addresses: partial.slice(0, 50) },
    });
  },
});

export const tentacleMachineChecks = [allListen, coverage] as const;
