import { parseConnectionString } from '../../../src/adapters/sql-server/connection-string.js';
import { openSqlServer, type SqlServerOptions } from '../../../src/adapters/sql-server/session.js';
import type { Session } from '../../../src/ports/database.js';
import { manualClock } from '../../support/manual-clock.js';
import { selfSigned } from '../../support/tds/certificate.js';
import { type TdsServer, type TdsServerOptions, tdsServer } from '../../support/tds-server.js';

export const password = 'pässword;"X9';

/** Shared by the tests of a file: keys take time to make. */
export const certificate = selfSigned();

interface Opened extends AsyncDisposable {
  readonly server: TdsServer;
  readonly session: Session;
  readonly clock: ReturnType<typeof manualClock>;
}

/** An endpoint and a session on it that trusts it, on a clock that makes nobody wait. */
export async function opened(
  endpoint: TdsServerOptions = {},
  { extra = 'TrustServerCertificate=True', ...options }: Partial<SqlServerOptions> & { readonly extra?: string } = {},
): Promise<Opened> {
  const server = await tdsServer({ certificate, ...endpoint });
  const clock = manualClock({ auto: true, start: Date.now() });
  const settings = parseConnectionString(
    `Server=localhost,${server.port};Database=Octopus;User ID=octopus;Password="${password.replaceAll('"', '""')}";${extra}`,
  );
  const session = openSqlServer({ settings, clock, connectTimeout: 3000, requestTimeout: 3000, ...options });
  return {
    server,
    session,
    clock,
    async [Symbol.asyncDispose]() {
      await session[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

export const select = { sql: 'SELECT 1 AS one', parameters: [] } as const;

export const update = { sql: 'UPDATE dbo.T SET a = @p1', parameters: [1], expects: 1 } as const;

export async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}
