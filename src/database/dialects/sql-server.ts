import {
  MssqlAdapter,
  MssqlIntrospector,
  MssqlQueryCompiler,
  type RawBuilder,
  type SchemableIdentifierNode,
  sql,
} from 'kysely';
import { type Dialect, type Placement, toStatement, writingBuilder } from '../dialect.js';

/** The one place that knows where octo-ha's tables are on SQL Server. */
class SqlServerCompiler extends MssqlQueryCompiler {
  readonly #placement: Placement;
  readonly #first: number;

  /** `first` is how many parameters earlier statements of the same round trip have taken. */
  constructor(placement: Placement, first: number) {
    super();
    this.#placement = placement;
    this.#first = first;
  }

  protected override getCurrentParameterPlaceholder(): string {
    return `@p${this.#first + this.numParameters}`;
  }

  protected override visitSchemableIdentifier(node: SchemableIdentifierNode): void {
    if (node.schema?.name === 'octo_ha' && this.#placement.database !== null) {
      this.append(`${this.getLeftIdentifierWrapper()}${this.sanitizeIdentifier(this.#placement.database)}`);
      this.append(`${this.getRightIdentifierWrapper()}.`);
    }
    super.visitSchemableIdentifier(node);
  }
}

const columnsIn = (views: RawBuilder<unknown>) => sql`
  SELECT c.TABLE_SCHEMA AS table_schema, c.TABLE_NAME AS table_name, c.COLUMN_NAME AS column_name, c.DATA_TYPE AS data_type,
    CASE WHEN k.COLUMN_NAME IS NULL THEN 0 ELSE 1 END AS in_key
  FROM ${views}.COLUMNS AS c
  LEFT JOIN (
    SELECT u.TABLE_SCHEMA, u.TABLE_NAME, u.COLUMN_NAME
    FROM ${views}.KEY_COLUMN_USAGE AS u
    JOIN ${views}.TABLE_CONSTRAINTS AS t
      ON t.CONSTRAINT_NAME = u.CONSTRAINT_NAME AND t.TABLE_SCHEMA = u.TABLE_SCHEMA AND t.TABLE_NAME = u.TABLE_NAME
    WHERE t.CONSTRAINT_TYPE = 'PRIMARY KEY'
  ) AS k ON k.TABLE_SCHEMA = c.TABLE_SCHEMA AND k.TABLE_NAME = c.TABLE_NAME AND k.COLUMN_NAME = c.COLUMN_NAME
  WHERE c.TABLE_SCHEMA = 'octo_ha' OR (c.TABLE_SCHEMA = 'dbo' AND c.TABLE_NAME IN (
    'OctopusServerNode', 'OctopusServerNodeStatus', 'ServerTask', 'SchemaVersions', 'OctopusServerInstallationHistory',
    'Configuration'))`;

/** SQL Server 2016 and later, Azure SQL, and other servers that speak TDS. */
export const sqlServer: Dialect = {
  engine: 'sql-server',
  now: sql<Date>`SYSDATETIMEOFFSET()`,
  // In two parts, because DATEADD takes an int and so no more than 24 days of milliseconds.
  later: (milliseconds) => sql<Date>`DATEADD(millisecond, ${milliseconds % 60_000},
    DATEADD(minute, ${Math.floor(milliseconds / 60_000)}, SYSDATETIMEOFFSET()))`,
  // An int, which suffices until 2088.
  secondsUntil: (instant) =>
    sql<number>`DATEDIFF(second, CAST('2020-01-01T00:00:00+00:00' AS datetimeoffset), ${instant})`,
  types: { text: 'nvarchar(max)', instant: 'datetimeoffset', json: 'nvarchar(max)' },
  createSchema: sql`IF SCHEMA_ID('octo_ha') IS NULL EXEC('CREATE SCHEMA octo_ha')`,
  dropSchema: sql`IF SCHEMA_ID('octo_ha') IS NOT NULL EXEC('DROP SCHEMA octo_ha')`,
  columns: columnsIn(sql`INFORMATION_SCHEMA`),
  columnsOf: (own) => columnsIn(sql.id(own, 'INFORMATION_SCHEMA')),
  // Dynamic, because a statement that names a missing table fails as a whole.
  pinOf: (own) => {
    const table = `[${own.replaceAll(']', ']]')}].octo_ha.cluster`;
    return sql`
      IF OBJECT_ID(${sql.lit(table)}) IS NOT NULL EXEC(${sql.lit(`SELECT database_name FROM ${table}`)})
      ELSE SELECT CAST(NULL AS nvarchar(400)) AS database_name`;
  },
  facts: (own) => sql`
    SELECT SYSDATETIMEOFFSET() AS now, CAST(SERVERPROPERTY('ServerName') AS nvarchar(128)) AS server_name,
      CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128)) AS server_version,
      CAST(DATABASEPROPERTYEX(DB_NAME(), 'Collation') AS nvarchar(128)) AS collation,
      CAST(DB_NAME() AS nvarchar(128)) AS database_name, CAST(SUSER_SNAME() AS nvarchar(128)) AS login,
      CASE WHEN CAST(SERVERPROPERTY('IsHadrEnabled') AS nvarchar(10)) = '1' THEN 1 ELSE 0 END AS hadr,
      CASE WHEN DB_ID(${own}) IS NULL THEN 0 ELSE COALESCE(HAS_DBACCESS(${own}), 0) END AS own_exists`,
  builder: (placement) =>
    writingBuilder({
      createAdapter: () => new MssqlAdapter(),
      createIntrospector: (db) => new MssqlIntrospector(db),
      createQueryCompiler: () => new SqlServerCompiler(placement, 0),
    }),
  compile: (queries, placement) => {
    let taken = 0;
    return queries.map((query) => {
      const statement = toStatement(query, new SqlServerCompiler(placement, taken));
      taken += statement.parameters.length;
      return statement;
    });
  },
};
