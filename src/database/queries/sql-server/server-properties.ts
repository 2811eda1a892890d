import { sql } from 'kysely';
import * as z from 'zod/mini';
import { count } from '../../columns.js';
import type { Question } from '../../database.js';

export interface ServerProperties {
  readonly productVersion: string;
  readonly major: number | null;
  readonly edition: string;
  /** 4 Express, 5 Azure SQL Database, 8 Azure SQL Managed Instance. */
  readonly engineEdition: number | null;
  readonly clustered: boolean;
  readonly availabilityGroups: boolean;
  readonly machine: string | null;
}

const row = z.object({
  product_version: z.nullable(z.string()),
  edition: z.nullable(z.string()),
  engine_edition: z.nullable(count),
  is_clustered: z.nullable(count),
  is_hadr: z.nullable(count),
  machine_name: z.nullable(z.string()),
});

/** https://learn.microsoft.com/sql/t-sql/functions/serverproperty-transact-sql */
export const serverProperties: Question<ServerProperties> = {
  ask: () => sql`
    SELECT CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128)) AS product_version,
      CAST(SERVERPROPERTY('Edition') AS nvarchar(128)) AS edition,
      CAST(SERVERPROPERTY('EngineEdition') AS int) AS engine_edition,
      CAST(SERVERPROPERTY('IsClustered') AS int) AS is_clustered,
      CAST(SERVERPROPERTY('IsHadrEnabled') AS int) AS is_hadr,
      CAST(SERVERPROPERTY('ComputerNamePhysicalNetBIOS') AS nvarchar(128)) AS machine_name`,
  answer([first]) {
    const told = row.parse(first);
    const version = told.product_version ?? '';
    const major = /^(\d+)\./.exec(version)?.[1];
    return {
      productVersion: version,
      major: major === undefined ? null : Number(major),
      edition: told.edition ?? '',
      engineEdition: told.engine_edition,
      clustered: told.is_clustered === 1,
      availabilityGroups: told.is_hadr === 1,
      machine: told.machine_name,
    };
  },
};
