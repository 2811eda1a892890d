import { type AddressInfo, createServer } from 'node:net';
import ssh2, { type AuthContext, type ParsedKey } from 'ssh2';

export interface GuardedMachine extends AsyncDisposable {
  readonly port: number;
}

/** What a person has to give to be let in, one after the other. */
export interface Guard {
  readonly hostKey: string;
  /** The private key that is let in, without a passphrase; a machine behind lets it in too. */
  readonly key: string;
  readonly password: string;
  readonly code: string;
}

/** An ssh server that lets in by key, password and code together, and runs commands on another machine's. */
export async function guardMachine(
  { hostKey, key, password, code }: Guard,
  behind: { readonly port: number; readonly user: string },
): Promise<GuardedMachine> {
  const known = ssh2.utils.parseKey(key);
  if (known instanceof Error) throw known;
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (connection) => {
    connection.on('error', () => {});
    connection.on('authentication', entrance(known, password, code));
    connection.on('session', (accept) => {
      const session = accept();
      session.on('exec', (accepting, _rejecting, { command }) => {
        const channel = accepting();
        const client = new ssh2.Client();
        client.on('error', () => channel.close());
        client.on('ready', () =>
          client.exec(command, (error, onward) => {
            if (error) return void channel.close();
            channel.pipe(onward).pipe(channel);
            onward.stderr.pipe(channel.stderr);
            onward.on('exit', (status: number | null) => channel.exit(status ?? 255));
            onward.on('close', () => client.end());
            return undefined;
          }),
        );
        client.connect({ host: '127.0.0.1', port: behind.port, username: behind.user, privateKey: key });
      });
    });
  });
  const listener = createServer((socket) => server.injectSocket(socket));
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return {
    port: (listener.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

const entrance = (known: ParsedKey, password: string, code: string) => (attempt: AuthContext) => {
  switch (attempt.method) {
    case 'publickey': {
      const { key, signature, blob, hashAlgo } = attempt;
      if (!key.data.equals(known.getPublicSSH())) attempt.reject(['publickey']);
      // A client first asks whether a key would do, without a signature.
      else if (signature === undefined) attempt.accept();
      else if (known.verify(blob ?? Buffer.alloc(0), signature, hashAlgo) === true) attempt.reject(['password'], true);
      else attempt.reject(['publickey']);
      return;
    }
    case 'password':
      if (attempt.password === password) attempt.reject(['keyboard-interactive'], true);
      else attempt.reject(['password']);
      return;
    case 'keyboard-interactive':
      attempt.prompt([{ prompt: 'Code:', echo: false }], ([given]) => {
        if (given === code) attempt.accept();
        else attempt.reject();
      });
      return;
    default:
      attempt.reject(['publickey']);
  }
};
