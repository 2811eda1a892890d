import type { Answers } from '../../../configuration/answers.js';
import type { ClusterContext } from '../../../configuration/configuration.js';
import { Failure } from '../../../errors.js';
import type { Context } from '../../context.js';

/** The shared folder as the answers describe it; `undefined` where nobody has answered yet. */
export function describeStorage(answers: Answers): ClusterContext['storage'] {
  const { storage, storageUser, storagePassword, account, accountPassword } = answers;
  if (storage === undefined) return undefined;
  return {
    folder: storage,
    ...(storageUser === undefined ? {} : { user: storageUser, password: storagePassword ?? { prompt: true } }),
    ...(account === undefined || accountPassword === undefined ? {} : { servicePassword: accountPassword }),
  };
}

/** Refuses answers that hold a password, before any of them is kept. */
export async function mustHoldNoPassword({ connection, nodeConnection }: Answers, context: Context): Promise<void> {
  for (const [text, flag] of [
    [connection, '--password'],
    [nodeConnection, '--node-password'],
  ] as const) {
    if (text === undefined || (await context.partConnection(text)).password === undefined) continue;
    throw new Failure('usage', 'the connection string holds a password, and answers keep none', {
      hint: `Take it out, and name where it is: ${flag} env:VARIABLE`,
    });
  }
}

/** The cluster as the answers describe it; what the context file says already stays. */
export async function describeCluster(
  answers: Answers,
  before: ClusterContext | undefined,
  context: Context,
): Promise<ClusterContext> {
  const { connection, password, ca, placement, own } = answers;
  if (before !== undefined) {
    const isOther =
      connection !== undefined &&
      (before.database.engine !== 'sql-server' ||
        (await context.partConnection(connection)).connection !== before.database.connection);
    if (!isOther) return before;
    throw new Failure('usage', 'the context file describes another database under that name', {
      hint: 'Name another context with --context, or remove that one with: octo-ha context remove NAME',
    });
  }
  if (connection === undefined) throw new Failure('usage', '--connection is missing');
  const parted = await context.partConnection(connection);
  const { checkedContext } = await import('../../../configuration/parse.js');
  const { configurationFile } = context;
  return checkedContext({
    database: {
      connection: parted.connection,
      ...(parted.takesPassword ? { password: password ?? { prompt: true } } : {}),
      ...(ca === undefined ? {} : { ca: configurationFile.absolute(ca) }),
      ...(placement === undefined ? {} : { placement }),
      ...(own === undefined ? {} : { own }),
    },
  });
}

/** The context file; one that was named and is not there yet is empty, and is made. */
export function fileOf({ configurationFile, ownFiles }: Context) {
  const read = async (): Promise<string> =>
    (await (await ownFiles()).read(configurationFile.path)) === undefined ? '' : await configurationFile.read();
  return {
    read,
    async parse() {
      const { parseConfiguration } = await import('../../../configuration/parse.js');
      return parseConfiguration(await read(), configurationFile.path);
    },
  };
}
