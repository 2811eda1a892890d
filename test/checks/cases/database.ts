import { automaticTuning } from '../../../src/database/queries/sql-server/automatic-tuning.js';
import { availabilityReplicas } from '../../../src/database/queries/sql-server/availability-replicas.js';
import { blockedSessions } from '../../../src/database/queries/sql-server/blocked-sessions.js';
import { columnCollations } from '../../../src/database/queries/sql-server/column-collations.js';
import { connectedHosts } from '../../../src/database/queries/sql-server/connected-hosts.js';
import { databaseFiles } from '../../../src/database/queries/sql-server/database-files.js';
import { databaseProperties } from '../../../src/database/queries/sql-server/database-properties.js';
import { foreignSchemas } from '../../../src/database/queries/sql-server/foreign-tables.js';
import { loginRights } from '../../../src/database/queries/sql-server/login-rights.js';
import { mirroringRole } from '../../../src/database/queries/sql-server/mirroring.js';
import { serverProperties } from '../../../src/database/queries/sql-server/server-properties.js';
import { suspectPages } from '../../../src/database/queries/sql-server/suspect-pages.js';
import { historySizes } from '../../../src/database/queries/sql-server/table-sizes.js';
import { thisConnection } from '../../../src/database/queries/sql-server/this-connection.js';
import { ago, aLook, type Case, type Cases, day, second } from './case.js';

/** As SQL Server 2022 answers, but for what is said. */
const server = (more: Record<string, unknown> = {}) =>
  serverProperties.answer([
    {
      ...{ product_version: '16.0.4135.4', edition: 'Standard Edition (64-bit)', engine_edition: 2, is_clustered: 0 },
      ...{ is_hadr: 1, machine_name: 'SQL1', ...more },
    },
  ]);

const properties = (more: Record<string, unknown> = {}) =>
  databaseProperties.answer([
    {
      ...{
        collation_name: 'Latin1_General_CI_AS',
        recovery_model: 'FULL',
        state_desc: 'ONLINE',
        user_access: 'MULTI_USER',
      },
      ...{ page_verify: 'CHECKSUM', updateability: 'READ_WRITE', is_read_only: false, is_auto_close_on: false },
      ...{
        is_auto_shrink_on: false,
        is_rcsi_on: true,
        is_published: false,
        is_merge_published: false,
        is_subscribed: false,
      },
      ...{ is_cdc_enabled: false, last_good_check: ago(2 * day), ...more },
    },
  ]);

/** As a server answers that speaks the language and tells little of itself. */
const told = databaseProperties.answer([
  {
    ...{ collation_name: null, recovery_model: null, state_desc: null, user_access: null, page_verify: null },
    ...{ updateability: null, is_read_only: null, is_auto_close_on: null, is_auto_shrink_on: null, is_rcsi_on: null },
    ...{
      is_published: null,
      is_merge_published: null,
      is_subscribed: null,
      is_cdc_enabled: null,
      last_good_check: null,
    },
  },
]);

const property = (
  column: string,
  ...values: readonly (readonly [Case[0], RegExp | null, unknown])[]
): readonly Case[] => [
  ['pass', null, properties()],
  ['skip', /does not tell/, told],
  ...values.map(([status, words, value]): Case => [status, words, properties({ [column]: value })]),
];

const replica = (more: Record<string, unknown> = {}) => ({
  ...{ ag_name: 'octopus-ag', replica_server: 'SQL1', role_desc: 'PRIMARY', connected_state: 'CONNECTED' },
  ...{ health_desc: 'HEALTHY', mode_desc: 'SYNCHRONOUS_COMMIT', failover_desc: 'AUTOMATIC', ...more },
});
const secondary = (more: Record<string, unknown> = {}) =>
  replica({ replica_server: 'SQL2', role_desc: 'SECONDARY', ...more });
const group = (...rows: Record<string, unknown>[]) => availabilityReplicas.answer(rows);

const connection = {
  server: 'octopus-sql.corp.local',
  port: 1433,
  multiSubnetFailover: true,
  encrypted: true,
  verified: true,
};
const listeners = [{ name: 'octopus-sql', addresses: 2 }];

const file = (more: Record<string, unknown> = {}) => ({
  ...{
    type_desc: 'ROWS',
    file_name: 'Octopus',
    size_mb: '20480',
    used_mb: '15000',
    max_pages: -1,
    growth: 32_768,
    is_percent: false,
  },
  ...more,
});

const rights = (more: Record<string, unknown> = {}) =>
  loginRights.answer([
    {
      ...{
        login_name: 'octo-ha',
        user_name: 'octo-ha',
        default_schema: 'dbo',
        is_owner: 0,
        is_sysadmin: 0,
        read_nodes: 1,
      },
      ...{ read_tasks: 1, update_nodes: 1, update_tasks: 0, alter_database: 0, ...more },
    },
  ]);

export const databaseCases: Cases = {
  'database/known-shape': [
    ['pass', null, aLook()],
    ['warn', /DrainState/, aLook(undefined, { oddities: ['OctopusServerNode has a column DrainState'] })],
  ],
  'database/round-trip': [
    ['pass', null, { tookMs: 2, aheadMs: 0 }],
    ['pass', null, { tookMs: 20, aheadMs: 0 }],
    ['warn', /21ms.*own limit roundTripWarn: 20ms/, { tookMs: 21, aheadMs: 0 }],
    ['fail', /roundTripFail/, { tookMs: 251, aheadMs: 0 }],
  ],
  'database/clock': [
    ['pass', null, { tookMs: 2, aheadMs: -1_500 }],
    ['pass', null, { tookMs: 4_000, aheadMs: 4_000 }],
    ['warn', /5s ahead of.*clockWarn/, { tookMs: 2, aheadMs: 5_001 }],
    ['warn', /behind/, { tookMs: 2, aheadMs: -5_000 }],
    ['fail', /clockFail/, { tookMs: 2, aheadMs: -45_000 }],
  ],
  'database/version': [
    ['pass', null, server()],
    ['pass', null, server({ product_version: '15.0.4382.1' })],
    ['pass', null, server({ product_version: '17.0.1000.7' })],
    ['pass', null, server({ product_version: '12.0.2000.8', engine_edition: 5, edition: 'SQL Azure' })],
    ['pass', null, server({ product_version: '99.0.1.1' })],
    ['warn', /2016 ended on 2026-07-14/, server({ product_version: '13.0.6300.2' })],
    ['warn', /2017 ends on 2027-10-12/, server({ product_version: '14.0.3456.2' })],
    ['fail', /older than 2016/, server({ product_version: '12.0.6024.0' })],
    ['skip', /does not tell/, server({ product_version: null })],
  ],
  'database/edition': [
    ['pass', null, server()],
    ['warn', /Express/, server({ edition: 'Express Edition (64-bit)', engine_edition: 4 })],
  ],
  'database/highly-available': [
    ['pass', null, server()],
    ['pass', null, server({ is_hadr: 0, is_clustered: 1 })],
    ['pass', null, server({ is_hadr: null, is_clustered: null, engine_edition: 8 })],
    ['warn', /neither clustered/, server({ is_hadr: 0 })],
  ],
  'database/apart-from-nodes': [
    ['pass', null, 'SQL1', ['web-1', 'web-2']],
    ['fail', /runs on WEB-2, which is the node web-2/, 'WEB-2', ['web-1', 'web-2.corp.local']],
    ['skip', /does not tell/, null, ['web-1']],
  ],
  'database/collation': property(
    'collation_name',
    ['pass', null, 'SQL_Latin1_General_CP1_CI_AS'],
    ['pass', null, 'Latin1_General_100_CI_AS_SC_UTF8'],
    ['pass', null, 'Turkish_CI_AI'],
    // Not every server writes them in capitals.
    ['pass', null, 'latin1_general_ci_as'],
    ['fail', /distinguishes case/, 'Latin1_General_CS_AS'],
    ['fail', /distinguishes case/, 'Latin1_General_BIN2'],
  ),
  'database/column-collations': [
    ['pass', null, columnCollations.answer([])],
    [
      'fail',
      /Project\.Name is Latin1_General_CS_AS/,
      columnCollations.answer([{ table_name: 'Project', column_name: 'Name', collation_name: 'Latin1_General_CS_AS' }]),
    ],
  ],
  'database/online': property('state_desc', ['fail', /RECOVERY_PENDING/, 'RECOVERY_PENDING']),
  'database/writable': property('updateability', ['fail', /READ_ONLY/, 'READ_ONLY']),
  'database/multi-user': property(
    'user_access',
    ['fail', /SINGLE_USER/, 'SINGLE_USER'],
    ['fail', /RESTRICTED/, 'RESTRICTED_USER'],
  ),
  'database/auto-close': property('is_auto_close_on', ['warn', /AUTO_CLOSE/, true]),
  'database/auto-shrink': property('is_auto_shrink_on', ['warn', /AUTO_SHRINK/, true]),
  'database/page-verify': property('page_verify', ['warn', /TORN/, 'TORN_PAGE_DETECTION'], ['warn', /NONE/, 'NONE']),
  'database/snapshot-reads': property('is_rcsi_on', ['warn', /SNAPSHOT is off/, false]),
  'database/not-published': property('is_published', ['fail', /published/, true]),
  'database/not-merge-published': property('is_merge_published', ['fail', /merge/, true]),
  'database/not-subscribed': property('is_subscribed', ['fail', /subscriber/, true]),
  'database/change-data-capture': property('is_cdc_enabled', ['warn', /capture/, true]),
  'database/availability-group': [
    ['skip', /no availability group/, group()],
    ['pass', null, group(replica(), secondary())],
    ['pass', null, group(secondary(), replica({ health_desc: null, connected_state: null }))],
    [
      'fail',
      /SQL2 is DISCONNECTED/,
      group(replica(), secondary({ connected_state: 'DISCONNECTED', health_desc: 'NOT_HEALTHY' })),
    ],
    ['fail', /PARTIALLY_HEALTHY/, group(replica(), secondary({ health_desc: 'PARTIALLY_HEALTHY' }))],
  ],
  'database/automatic-failover': [
    ['skip', /no availability group/, group()],
    ['pass', null, group(replica(), secondary())],
    ['warn', /no secondary/, group(replica(), secondary({ failover_desc: 'MANUAL' }))],
    [
      'warn',
      /no secondary/,
      group(replica(), secondary({ mode_desc: 'ASYNCHRONOUS_COMMIT', failover_desc: 'AUTOMATIC' })),
    ],
    ['warn', /no secondary/, group(replica())],
  ],
  'database/listener': [
    ['skip', /no availability group/, { connection, listeners, grouped: false }],
    ['skip', /not known/, { connection: undefined, listeners, grouped: true }],
    ['pass', null, { connection, listeners, grouped: true }],
    ['warn', /no listener/, { connection, listeners: [], grouped: true }],
    [
      'fail',
      /names sql1, and the listeners are octopus-sql/,
      { connection: { ...connection, server: 'sql1' }, listeners, grouped: true },
    ],
  ],
  'database/multi-subnet-failover': [
    ['skip', /no availability group/, { connection, listeners, grouped: false }],
    ['pass', null, { connection, listeners, grouped: true }],
    ['warn', /not set/, { connection: { ...connection, multiSubnetFailover: false }, listeners, grouped: true }],
  ],
  'database/mirroring': [
    ['pass', null, mirroringRole.answer([])],
    ['fail', /PRINCIPAL/, mirroringRole.answer([{ role_desc: 'PRINCIPAL' }])],
  ],
  'database/exclusive': [
    ['pass', null, foreignSchemas.answer([])],
    ['warn', /hangfire \(11\)/, foreignSchemas.answer([{ schema_name: 'hangfire', tables: 11 }])],
  ],
  'database/blocking': [
    ['pass', null, blockedSessions.answer([])],
    ['pass', null, blockedSessions.answer([{ session_id: 61, blocked_by: 57, wait_ms: 900, host_name: 'WEB-1' }])],
    [
      'fail',
      /session 61 of WEB-1 has waited 45s for session 57.*blockedFor/,
      blockedSessions.answer([{ session_id: 61, blocked_by: 57, wait_ms: 45_000, host_name: 'WEB-1' }]),
    ],
  ],
  'database/known-hosts': [
    ['skip', /VIEW SERVER STATE/, connectedHosts.answer([]), ['web-1']],
    [
      'pass',
      null,
      connectedHosts.answer([{ host_name: 'WEB-1', program_name: 'Octopus Server', sessions: 12 }]),
      ['web-1.corp.local', 'web-2'],
    ],
    [
      'warn',
      /connected from OLD-WEB/,
      connectedHosts.answer([
        { host_name: 'WEB-1', program_name: 'Octopus Server', sessions: 12 },
        { host_name: 'OLD-WEB', program_name: 'Octopus 2025.4', sessions: 3 },
        { host_name: 'DESK', program_name: 'octo-ha', sessions: 1 },
        { host_name: null, program_name: 'SQLAgent', sessions: 1 },
      ]),
      ['web-1'],
    ],
  ],
  'database/space': [
    [
      'pass',
      null,
      databaseFiles.answer([file(), file({ file_name: 'log', type_desc: 'LOG', max_pages: 268_435_456 })]),
    ],
    ['pass', null, databaseFiles.answer([file({ used_mb: null })])],
    ['pass', null, databaseFiles.answer([file({ max_pages: 10_485_760, used_mb: '40000', size_mb: '41000' })])],
    [
      'warn',
      /Octopus has 2% of 20480 MB free.*fileFreeWarn/,
      databaseFiles.answer([file({ growth: 0, used_mb: '20000' })]),
    ],
    [
      'warn',
      /10240 MB free/,
      databaseFiles.answer([file({ max_pages: 1_310_720, size_mb: '10240', used_mb: '10000' })]),
    ],
  ],
  'database/growth': [
    ['pass', null, databaseFiles.answer([file()])],
    ['warn', /grows by per cent/, databaseFiles.answer([file({ growth: 10, is_percent: true })])],
    ['warn', /does not grow/, databaseFiles.answer([file({ growth: 0 })])],
  ],
  'database/history': [
    ['pass', null, historySizes.answer([{ table_name: 'ServerTask', rows_count: '250000' }])],
    [
      'warn',
      /Event has 48000000 rows.*taskRows/,
      historySizes.answer([{ table_name: 'Event', rows_count: '48000000' }]),
    ],
  ],
  'database/automatic-tuning': [
    ['pass', null, automaticTuning.answer([{ option_name: 'FORCE_LAST_GOOD_PLAN' }])],
    ['warn', /CREATE_INDEX/, automaticTuning.answer([{ option_name: 'CREATE_INDEX' }])],
  ],
  'database/encrypted': [
    ['pass', null, thisConnection.answer([{ encrypt_option: 'TRUE', auth_scheme: 'SQL' }])],
    ['warn', /not encrypted/, thisConnection.answer([{ encrypt_option: 'FALSE', auth_scheme: 'NTLM' }])],
    ['skip', /does not tell/, thisConnection.answer([])],
  ],
  'octo-ha/login-rights': [
    ['pass', null, rights()],
    ['pass', null, rights({ update_nodes: 0 })],
    ['warn', /sysadmin/, rights({ is_sysadmin: 1, user_name: 'dbo', is_owner: 1 })],
    ['warn', /owns/, rights({ is_owner: 1 })],
    ['warn', /owns/, rights({ user_name: 'dbo' })],
    ['warn', /alter/, rights({ alter_database: 1 })],
    ['warn', /change tasks/, rights({ update_tasks: 1 })],
  ],
  'octo-ha/login-reads': [
    ['pass', null, rights()],
    ['fail', /may not read dbo\.ServerTask/, rights({ read_tasks: 0 })],
    ['fail', /OctopusServerNode and dbo\.ServerTask/, rights({ read_tasks: null, read_nodes: 0 })],
  ],
  'backup/suspect-pages': [
    ['pass', null, suspectPages.answer([{ pages: 0 }])],
    ['fail', /2 pages/, suspectPages.answer([{ pages: 2 }])],
  ],
  'backup/consistency': [
    ['pass', null, properties()],
    ['skip', /does not tell/, told],
    ['warn', /never/, properties({ last_good_check: new Date('1900-01-01T00:00:00Z') })],
    ['warn', /20d.*consistencyCheck/, properties({ last_good_check: ago(20 * day + second) })],
  ],
};
