import { parseStorageLocation } from '../../cluster/storage-location.js';
import type { Answers } from '../../configuration/answers.js';
import { Failure } from '../../errors.js';
import { balancers } from '../../load-balancer/index.js';
import type { Option } from '../command.js';
import { duration, flag, formed, optionalChoice, optionalWhole, text } from '../options.js';
import { secretPlace } from '../secret-option.js';
import { nodeOption } from './node-option.js';
import type { StageName } from './stage-names.js';

/** What is known apart from the answers, when a question is thought of. */
export interface Facts {
  /** The context file describes the cluster already. */
  readonly isDescribed: boolean;
  /** The login to the database needs a password. */
  readonly takesPassword: boolean;
  /** The shared folder is a file server's, which wants a login from here. */
  readonly wantsLogin: boolean;
  /** Names of the nodes that are in the cluster. */
  readonly nodes: readonly string[];
}

interface Question {
  readonly text: string;
  /** Said before it, where a line is not enough. */
  readonly about?: string;
  readonly choices?: readonly string[];
  /** What holds where nothing is typed. */
  usual?(answers: Answers, facts: Facts): string | undefined;
  /** Whether it makes sense at all. */
  asked?(answers: Answers, facts: Facts): boolean;
}

const balancerNames = [...balancers.keys(), 'none'];

const storagePlace: Option<string | undefined> = {
  ...text('FOLDER', 'the shared folder, as this machine reaches it: \\\\server\\share\\folder or a path'),
  parse(raw) {
    const location = parseStorageLocation(raw);
    if (location.kind === 'refused') throw new Failure('usage', location.because);
    return raw;
  },
};

const webAddress = /https?:\/\/[^/\s@]+(\/\S*)?/;
const url = (help: string) => formed('URL', new RegExp(`^${webAddress.source}$`), 'web address', help);

const portalOption = formed(
  'URL',
  new RegExp(`^(none|${webAddress.source})$`),
  'web address',
  'the web address that people type, which leads to the balancer; or none',
);

const socket = formed('ADDRESS:PORT', /^\S+:\d{1,5}$/, 'address with a port', 'where the balancer listens');

const span = (help: string): Option<string | undefined> => {
  const option = duration(undefined, help);
  return { ...option, initial: undefined, parse: (raw) => (option.parse(raw) === undefined ? undefined : raw) };
};

/** Every answer as a flag. */
export const answerOptions = {
  connection: text('STRING', 'the connection string, as Octopus Server uses it, without its password'),
  password: secretPlace('where the password of that login is'),
  ca: text('FILE', "authorities, in PEM, for the server's certificate"),
  placement: optionalChoice(['separate', 'octopus'], "where octo-ha's tables are made"),
  own: text('DATABASE', "name of the separate database for octo-ha's tables"),
  createDatabase: flag('make the database of Octopus Server where it is missing (Latin1_General_CI_AS)'),
  storage: storagePlace,
  storageUser: text('USER', 'who logs in to the file server from here'),
  storagePassword: secretPlace('where the password of that user is'),
  nodeStorage: text('FOLDER', 'the same folder as the nodes know it, where that is another path'),
  foldersShared: flag("the paths in Octopus' database lead to the share, also where they look local"),
  node: nodeOption,
  nodeUrl: url("pattern of the nodes' own addresses, such as https://{name}:443"),
  manager: optionalChoice(['windows', 'systemd', 'docker'], 'what starts and stops Octopus Server'),
  service: text('NAME', 'the name of its service'),
  instance: text('NAME', 'the name of its instance'),
  cap: optionalWhole({ least: 0, most: 50 }, 'how many tasks each node runs at once'),
  masterKey: secretPlace('where the master key of the cluster is'),
  nodeConnection: text('STRING', 'the connection string as nodes use it, without its password'),
  nodePassword: secretPlace('where its password is'),
  account: text('ACCOUNT', 'the account of the service on Windows'),
  accountPassword: secretPlace('where the password of that account is'),
  webListenPrefixes: text('URLS', 'what Octopus Server listens to'),
  commsListenPort: optionalWhole({ least: 1, most: 65_535 }, 'the port for polling Tentacles'),
  balancer: { ...optionalChoice(balancerNames, 'the load balancer, as octo-ha lb render calls it'), value: 'PRODUCT' },
  listen: socket,
  certificate: text('FILE', 'its certificate with chain and key, in PEM'),
  balancerFile: text('FILE', 'where its configuration is written'),
  checkInterval: span('between two checks of a node'),
  fall: optionalWhole({ least: 1, most: 100 }, 'failed checks that take a node out'),
  rise: optionalWhole({ least: 1, most: 100 }, 'passed checks that bring it back'),
  portal: portalOption,
} as const;

export type FlagName = keyof typeof answerOptions;

interface Field {
  readonly stage: StageName;
  readonly flag: FlagName;
  readonly question?: Question;
}

const places =
  'prompt asks for it each time; otherwise where it is kept: env:VARIABLE,\n' +
  'file:FILE, command:PROGRAM or keyring:ENTRY.';
const hasBalancer = ({ balancer }: Answers): boolean => balancer !== undefined && balancer !== 'none';

/** What is asked for each answer: one that is added to the schema without its field does not compile. */
export const fields = {
  connection: {
    stage: 'database',
    flag: 'connection',
    // How it is asked is in `ask-connection.ts`.
    question: { text: 'How is the database described?', asked: (_, { isDescribed }) => !isDescribed },
  },
  password: {
    stage: 'database',
    flag: 'password',
    question: {
      text: 'Where is the password of that login?',
      about: places,
      usual: () => 'prompt',
      asked: (_, { isDescribed, takesPassword }) => !isDescribed && takesPassword,
    },
  },
  ca: { stage: 'database', flag: 'ca' },
  placement: {
    stage: 'database',
    flag: 'placement',
    question: {
      text: "Where are octo-ha's own tables to be?",
      about:
        'separate: in a database of their own on the same server.\n' +
        "octopus: among Octopus' own (the way for Azure SQL Database), whose daily System\n" +
        'Integrity Check then fails on tables that it does not know.',
      choices: ['separate', 'octopus'],
      usual: () => 'separate',
      asked: (_, { isDescribed }) => !isDescribed,
    },
  },
  own: { stage: 'database', flag: 'own' },
  createDatabase: { stage: 'database', flag: 'createDatabase' },
  storage: {
    stage: 'storage',
    flag: 'storage',
    question: {
      text: 'The shared folder, as this machine reaches it:',
      about: 'Such as \\\\files\\octopus or /mnt/octopus',
    },
  },
  storageUser: {
    stage: 'storage',
    flag: 'storageUser',
    question: { text: 'Who logs in to that file server?', asked: (_, { wantsLogin }) => wantsLogin },
  },
  storagePassword: {
    stage: 'storage',
    flag: 'storagePassword',
    question: {
      text: 'Where is the password of that user?',
      about: places,
      usual: () => 'prompt',
      asked: (_, { wantsLogin }) => wantsLogin,
    },
  },
  nodeStorage: {
    stage: 'storage',
    flag: 'nodeStorage',
    question: { text: 'The same folder, as the nodes know it:', usual: ({ storage }) => storage ?? '' },
  },
  foldersShared: { stage: 'storage', flag: 'foldersShared' },
  nodes: {
    stage: 'nodes',
    flag: 'node',
    question: {
      text: 'The machines of the cluster:',
      about:
        'With spaces between them; each is HOST, or HOST,url=URL,cap=N and so on: also\n' +
        'name=, port=, manager=, service=, instance= and host-key=. Those that are nodes\n' +
        'already are adopted as they stand.',
      usual: (_, { nodes }) => (nodes.length > 0 ? nodes.join(' ') : undefined),
    },
  },
  nodeUrl: {
    stage: 'nodes',
    flag: 'nodeUrl',
    question: {
      text: "Pattern of the nodes' own web addresses:",
      usual: () => 'https://{name}',
      asked: ({ nodes = [] }) => nodes.some((node) => node.url === undefined),
    },
  },
  manager: {
    stage: 'nodes',
    flag: 'manager',
    question: {
      text: 'What starts and stops Octopus Server there?',
      choices: ['windows', 'systemd', 'docker'],
      usual: () => 'windows',
      asked: ({ nodes = [] }) => nodes.some((node) => node.manager === undefined),
    },
  },
  service: { stage: 'nodes', flag: 'service' },
  instance: { stage: 'nodes', flag: 'instance' },
  cap: {
    stage: 'nodes',
    flag: 'cap',
    question: {
      text: 'How many tasks is each new node to run at once?',
      usual: () => '5',
      asked: ({ nodes = [] }, known) => nodes.some((node) => isNew(node, known) && node.cap === undefined),
    },
  },
  masterKey: {
    stage: 'nodes',
    flag: 'masterKey',
    question: {
      text: 'Where is the master key of the cluster?',
      about: places,
      usual: () => 'prompt',
      // A container has it from whoever made the container.
      asked: ({ nodes = [], manager }, known) =>
        nodes.some((node) => isNew(node, known) && (node.manager ?? manager) !== 'docker'),
    },
  },
  nodeConnection: { stage: 'nodes', flag: 'nodeConnection' },
  nodePassword: { stage: 'nodes', flag: 'nodePassword' },
  account: { stage: 'nodes', flag: 'account' },
  accountPassword: { stage: 'nodes', flag: 'accountPassword' },
  webListenPrefixes: { stage: 'nodes', flag: 'webListenPrefixes' },
  commsListenPort: { stage: 'nodes', flag: 'commsListenPort' },
  balancer: {
    stage: 'load-balancer',
    flag: 'balancer',
    question: { text: 'Which load balancer is in front?', choices: balancerNames },
  },
  listen: {
    stage: 'load-balancer',
    flag: 'listen',
    question: { text: 'Where does it listen?', usual: () => '*:443', asked: hasBalancer },
  },
  certificate: { stage: 'load-balancer', flag: 'certificate' },
  balancerFile: {
    stage: 'load-balancer',
    flag: 'balancerFile',
    question: {
      text: 'Where is its configuration to be written?',
      usual: ({ balancer }) => `octopus-${balancer}.cfg`,
      asked: hasBalancer,
    },
  },
  checkInterval: {
    stage: 'load-balancer',
    flag: 'checkInterval',
    question: { text: 'How often does it check a node?', usual: () => '2s' },
  },
  fall: {
    stage: 'load-balancer',
    flag: 'fall',
    question: { text: 'How many failed checks take a node out?', usual: () => '2' },
  },
  rise: {
    stage: 'load-balancer',
    flag: 'rise',
    question: { text: 'How many passed checks bring it back?', usual: () => '2' },
  },
  portal: {
    stage: 'load-balancer',
    flag: 'portal',
    question: {
      text: 'The web address that people type, which leads to the balancer:',
      about: 'In the end every node is asked through it; none leaves that out.',
      usual: () => 'none',
    },
  },
} as const satisfies { readonly [Name in Exclude<keyof Answers, 'context'>]-?: Field };

export type FieldName = keyof typeof fields;

const isNew = ({ host, name = host }: { host: string; name?: string | undefined }, { nodes }: Facts): boolean =>
  !nodes.some((node) => node.toLowerCase() === name.toLowerCase());
