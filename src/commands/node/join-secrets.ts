import { Failure } from '../../errors.js';
import { labConnectionString } from '../../lab/machine/connection-string.js';
import type { SecretPlace } from '../../ports/secrets.js';
import { withPassword } from '../../setup/node/connection.js';
import type { JoinSecrets } from '../../setup/node/wanted-node.js';
import type { Context } from '../context.js';

/** Where a node that joins gets what it is told in confidence. */
export interface JoinPlaces {
  readonly masterKey: SecretPlace | undefined;
  /** The connection string as the nodes use it; that of the context where it is left out. */
  readonly connection: string | undefined;
  readonly connectionPassword: SecretPlace | undefined;
  readonly accountPassword: SecretPlace | undefined;
}

interface NodeConnection {
  readonly connection: string;
  readonly password: SecretPlace | string | undefined;
  /** As `HOST/PORT`, where a node can be asked whether it reaches it. */
  readonly place: string | undefined;
}

/** How the nodes reach the database. */
export async function nodeConnection(
  { connection, connectionPassword }: Pick<JoinPlaces, 'connection' | 'connectionPassword'>,
  context: Context,
): Promise<NodeConnection> {
  const { context: name } = await context.cluster();
  const database = (await context.configuration()).contexts[name]?.database;
  if (connection === undefined && database?.engine === 'sqlite') {
    return { connection: labConnectionString(database.directory), password: undefined, place: undefined };
  }
  const text = connection ?? (database?.engine === 'sql-server' ? database.connection : undefined);
  if (text === undefined)
    throw new Failure('usage', '--connection STRING is missing: how the nodes reach the database');
  const parted = await context.partConnection(text);
  if (connection !== undefined && parted.password !== undefined) {
    throw new Failure('usage', '--connection holds a password, which other programs and the shell can see', {
      hint: 'Take it out, and name where it is: --connection-password env:VARIABLE',
    });
  }
  const ofContext = connection === undefined && database?.engine === 'sql-server' ? database.password : undefined;
  return {
    connection: parted.connection,
    password: parted.takesPassword
      ? (connectionPassword ?? parted.password ?? ofContext ?? { prompt: true })
      : undefined,
    place: parted.place,
  };
}

/** Reads them all before anything is begun. */
export async function readJoinSecrets(
  places: JoinPlaces,
  account: string | undefined,
  context: Context,
): Promise<JoinSecrets> {
  const { signal } = context;
  const secrets = await context.secrets();
  const read = (place: SecretPlace, question: string) =>
    secrets.read('prompt' in place ? { prompt: question } : place, signal);
  const { connection, password } = await nodeConnection(places, context);
  const connectionPassword =
    password === undefined || typeof password === 'string'
      ? password
      : await read(password, "Password of the nodes' login to the database:");
  return {
    masterKey: await read(places.masterKey ?? { prompt: true }, 'Master key of the cluster:'),
    connection: connectionPassword === undefined ? connection : withPassword(connection, connectionPassword),
    connectionPassword,
    accountPassword:
      account === undefined || isManaged(account)
        ? undefined
        : await read(places.accountPassword ?? { prompt: true }, `Password of ${account}:`),
  };
}

/** Windows itself keeps the password of a managed account, and of its own. */
const isManaged = (account: string): boolean =>
  account.endsWith('$') || /^(NT AUTHORITY\\|LocalSystem$)/i.test(account);
