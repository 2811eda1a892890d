import { Failure } from '../../errors.js';
import type { ConnectionSettings } from './connection-string.js';
import { noEncryption } from './connector.js';
import { addressOf } from './data-source.js';
import { nameOf } from './login.js';
import type { Trouble } from './trouble.js';

interface Attempted {
  readonly settings: ConnectionSettings;
  /** Milliseconds it was given. */
  readonly timeout: number;
}

/** Why there is no connection, in plain words, and what to look at. */
export function unreachable(trouble: Trouble, { settings, timeout }: Attempted): Failure {
  const at = addressOf(settings);
  const { message, hint } =
    trouble.number === undefined ? network(trouble, at, settings, timeout) : refusal(trouble, at, settings);
  return new Failure('unreachable', message, { hint, cause: trouble.cause });
}

interface Words {
  readonly message: string;
  readonly hint?: string;
}

function refusal({ number = 0, message }: Trouble, at: string, { login, database }: ConnectionSettings): Words {
  const who = nameOf(login);
  switch (number) {
    case 18456:
      return {
        message: `SQL Server at ${at} refused the login ${who}: ${message}`,
        hint: "Check the password and that the server takes this kind of login (mixed mode); the server's error log says which",
      };
    case 18452:
      return {
        message: `SQL Server at ${at} refused the login ${who}: ${message}`,
        hint: 'Use a login of SQL Server, or of a domain that this server trusts: User ID=DOMAIN\\name',
      };
    case 18470:
    case 18486:
    case 18487:
    case 18488:
      return {
        message: `SQL Server at ${at} refused the login ${who}: ${message}`,
        hint: 'A database administrator can unlock it, or set its password anew',
      };
    case 911:
    case 4060:
      return {
        message: `SQL Server at ${at} has no database ${database}, or ${who} may not open it`,
        hint: 'Compare the name with the one Octopus Server uses, and give the login a user in that database',
      };
    default:
      return { message: `SQL Server at ${at} refused the connection: ${message} (error ${number})` };
  }
}

function network({ codes, message }: Trouble, at: string, settings: ConnectionSettings, timeout: number): Words {
  const has = (...wanted: readonly string[]) => wanted.some((code) => codes.includes(code));
  if (has('ECONNREFUSED')) {
    return {
      message: `nothing answers as SQL Server at ${at}: the connection was refused`,
      hint: 'Check the port, that the service runs with TCP/IP enabled, and the firewall',
    };
  }
  if (has('ENOTFOUND', 'EAI_AGAIN')) {
    return {
      message: `cannot reach SQL Server at ${at}: this machine finds no address for ${settings.server}`,
      hint: 'Check the spelling, and the DNS of this machine',
    };
  }
  if (has('EINSTLOOKUP')) {
    return {
      message: `SQL Server Browser at ${settings.server} does not tell the port of the instance ${settings.instance}`,
      hint: `Name the port instead, Server=${settings.server},PORT, or let UDP 1434 through to the SQL Server Browser service`,
    };
  }
  if (has(noEncryption)) {
    return {
      message: `SQL Server at ${at} offers no encryption, so no login was sent`,
      hint: 'Give the server a certificate; on a network you trust, Encrypt=False in the connection string sends the login in the open',
    };
  }
  if (has('ETIMEOUT', 'ETIMEDOUT')) {
    return { message: `SQL Server at ${at} did not answer within ${timeout / 1000} s`, hint: whySilent(settings) };
  }
  if (has('EFEDAUTH')) {
    return {
      message: `Microsoft Entra gave no token for ${nameOf(settings.login)}: ${message}`,
      hint: 'Check the identity on this machine, for instance with: az account show',
    };
  }
  if (codes.some((code) => code.startsWith('ERR_SSL') || code === 'EPROTO')) {
    return {
      message: `SQL Server at ${at} and this machine agree on no way to encrypt: ${message}`,
      hint: 'The server must speak TLS 1.2',
    };
  }
  return {
    message: `the connection to SQL Server at ${at} could not be made: ${message}`,
    hint: 'See whether it is a SQL Server that listens there, and what its error log says',
  };
}

function whySilent({ server, instance, encrypt, multiSubnetFailover }: ConnectionSettings): string {
  if (instance !== undefined) {
    return `The SQL Server Browser (UDP 1434) may be out of reach: name the port instead, Server=${server},PORT`;
  }
  if (encrypt === 'strict')
    return 'Encrypt=Strict needs SQL Server 2022 or Azure SQL; a firewall may swallow the packets too';
  const listener = 'For the listener of an availability group over several subnets add MultiSubnetFailover=True';
  return `A firewall may swallow the packets.${multiSubnetFailover ? '' : ` ${listener}`}`;
}
