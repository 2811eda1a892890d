import { Failure } from '../../errors.js';
import { completeAddress } from '../../operations/describe-machine.js';
import { nodePlanJson, nodePlanText } from '../../render/node-plan-text.js';
import type { WantedNode } from '../../setup/node/wanted-node.js';
import { command } from '../command.js';
import { askConsent } from '../consent.js';
import { leaving } from '../leaving.js';
import { lostStep, lostStepOptions } from '../lost-step.js';
import { duration, optionalWhole, text, whole } from '../options.js';
import { secretPlace } from '../secret-option.js';
import { tellWarnings } from '../tell-warnings.js';
import { addPlanned, aroundAdded, planAdding } from './adding.js';
import { readJoinSecrets } from './join-secrets.js';
import { machineOptions } from './machine-options.js';
import { webAddress } from './web-address.js';

export const nodeAdd = command({
  name: 'node add',
  summary: 'Make a node of a machine, or adopt one that is in the cluster',
  description:
    'Octopus Server must be installed there, in the version of the cluster. The node gets no tasks (task cap 0) before ' +
    'its heartbeat and its own ping have been seen. A node that is in the cluster already is left as it is, and only ' +
    'where it is gets kept. Killed or interrupted, the same command finishes it. Where a secret is, is given; never ' +
    'the secret itself. PLACE is env:VARIABLE, file:FILE, command:PROGRAM ARGUMENTS, keyring:ENTRY or prompt.',
  args: ['host'],
  options: {
    name: text('NAME', 'the name of the node (default: that of the host)'),
    ...machineOptions,
    cap: whole(5, { least: 0, most: 50 }, 'how many tasks it runs at once'),
    masterKey: secretPlace('where the master key of the cluster is'),
    connection: text('STRING', "the connection string as nodes use it, without its password (default: the context's)"),
    connectionPassword: secretPlace('where its password is'),
    account: text('ACCOUNT', 'the account of the service on Windows'),
    accountPassword: secretPlace('where the password of that account is'),
    webListenPrefixes: text('URLS', 'what Octopus Server listens to there'),
    commsListenPort: optionalWhole({ least: 1, most: 65_535 }, 'the port for polling Tentacles'),
    serviceTimeout: duration('10m', 'how long it may take from its start until it is seen'),
    ...lostStepOptions,
  },
  examples: [
    ['octo-ha node add web-4 --url https://web-4.corp --master-key env:KEY', 'A Windows machine.'],
    ['octo-ha node add node-4 --manager systemd --master-key env:KEY', 'A Linux machine.'],
  ],
  async run(input, context) {
    try {
      const { host, name = host, url, port, manager, service, instance, hostKey, cap } = input;
      const { globals, terminal } = context;
      const lost = lostStep(input);
      const address = completeAddress({ host, port, manager, service, instance, hostKeys: hostKey }, undefined);
      if (address === undefined) throw new Failure('usage', `${host} is no host`);
      const { masterKey, connection, connectionPassword, accountPassword, account } = input;
      const { webListenPrefixes, commsListenPort } = input;
      const cluster = await context.cluster();
      const wanted: WantedNode = {
        ...{ name, address, cap, account, webListenPrefixes, commsListenPort },
        url: webAddress(url ?? cluster.nodeUrl?.replaceAll('{name}', name)),
      };
      const places = { masterKey, connection, connectionPassword, accountPassword };
      const plan = await planAdding(await aroundAdded(places, context), wanted, context);
      if (plan.kind === 'join') tellWarnings(plan.heard, terminal);
      const planned = nodePlanJson(plan);
      if (globals.dryRun || plan.kind === 'known') {
        return { json: { dryRun: globals.dryRun, ...planned }, text: nodePlanText(plan), names: [name] };
      }
      terminal.say(nodePlanText(plan));
      const question = plan.kind === 'adopt' ? `Keep where ${name} is?` : `Make ${name} a node of the cluster?`;
      await askConsent('moderate', question, name, context);
      const { serviceTimeout } = input;
      const secrets = () => readJoinSecrets(places, account, context);
      const added = await addPlanned(plan, secrets, { serviceTimeout, lost }, context);
      const joined = `${name} is a node of the cluster, with a task cap of ${cap}`;
      return {
        json: { ...planned, ...added },
        text: added.did === 'joined' ? joined : `${name} was in the cluster already; where it is, is kept`,
        names: [name],
      };
    } catch (error) {
      throw leaving(error, { hasChanged: false, goOn: 'To go on, run the same octo-ha node add again.' });
    }
  },
});
