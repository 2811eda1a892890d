import { confide } from '../../operations/machine/protocol.js';
import type { JoinSecrets, WantedNode } from './wanted-node.js';

/** One call of Octopus Server on the machine. */
export interface JoinStep {
  /** As journal and audit name it. */
  readonly action: string;
  readonly why: string;
  readonly before: string;
  readonly after: string;
  /** The words after the program's own name. */
  readonly words: readonly string[];
  readonly secrets: readonly string[];
  /** What is done, for a failure: `could not …`. */
  readonly does: string;
}

/**
 * What makes a node of a machine before its first start, in order. It is given no tasks until it has been looked at:
 * a node without a cap would take some within a minute.
 * https://octopus.com/docs/administration/high-availability/configure/octopus-with-active-directory
 */
export function joinSteps(wanted: WantedNode, secrets: JoinSecrets | undefined): readonly JoinStep[] {
  // Whoever made a container has told it all of that.
  if (secrets === undefined) return [];
  const { name, address, webListenPrefixes, commsListenPort, account } = wanted;
  const instance = ['--instance', address.instance];
  const listening = [
    ...(webListenPrefixes === undefined ? [] : ['--webListenPrefixes', webListenPrefixes]),
    ...(commsListenPort === undefined ? [] : ['--commsListenPort', String(commsListenPort)]),
  ];
  const base = { before: '', secrets: [] };
  return [
    {
      ...base,
      action: 'create-instance',
      why: `creating the instance ${address.instance}`,
      after: address.instance,
      words: ['create-instance', ...instance, '--serverNodeName', name],
      does: `create the instance ${address.instance}`,
    },
    {
      ...base,
      action: 'configure-database',
      why: 'telling it the database and the master key',
      after: 'the database of the cluster',
      words: ['database', ...instance],
      secrets: confidences(secrets),
      does: 'take the database and the master key',
    },
    ...(listening.length === 0
      ? []
      : [
          {
            ...base,
            action: 'configure',
            why: 'setting what it listens to',
            after: listening.join(' '),
            words: ['configure', ...instance, ...listening],
            does: 'set what it listens to',
          },
        ]),
    {
      ...base,
      action: 'cap-before-start',
      why: 'keeping tasks from it until it has been looked at: task cap 0',
      after: '0',
      words: ['node', ...instance, '--taskCap=0'],
      does: 'set its task cap to 0',
    },
    {
      ...base,
      action: 'install-service',
      why: `installing its service ${address.service}`,
      after: address.service,
      words: [
        'service',
        ...instance,
        ...(account === undefined ? [] : ['--user', account]),
        '--install',
        '--reconfigure',
      ],
      secrets:
        secrets.accountPassword === undefined || account === undefined
          ? []
          : [
              confide.variable('OCTOPUS_SERVICE_PASSWORD', secrets.accountPassword),
              confide.hidden(secrets.accountPassword),
            ],
      does: `install its service ${address.service}`,
    },
  ];
}

/** Octopus Server takes them as arguments only. Whatever it prints of them is taken out, the whole before its parts. */
function confidences({ masterKey, connection, connectionPassword }: JoinSecrets): readonly string[] {
  return [
    confide.word(`--connectionString=${connection}`),
    confide.word(`--masterKey=${masterKey}`),
    confide.hidden(connection),
    confide.hidden(masterKey),
    ...(connectionPassword === undefined ? [] : [confide.hidden(connectionPassword)]),
  ];
}
