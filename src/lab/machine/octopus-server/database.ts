import { sql } from 'kysely';
import { Complaint } from './flags.js';
import { isJson, ofInstance } from './instances.js';

export const database = ofInstance({
  flags: {
    connectionString: 'value',
    masterKey: 'value',
    create: 'flag',
    upgrade: 'flag',
    delete: 'flag',
    grant: 'value',
    skipLicenseCheck: 'flag',
  },
  async run(flags, machine, signal) {
    const { disk, instance, record, connectionString } = machine;
    if (flags.has('delete')) throw new Complaint('The database of a lab is removed with the lab, not from a machine.');
    const given = flags.get('connectionString') ?? instance.database;
    if (given === null) throw new Complaint('No connection string is configured: give one with --connectionString.');
    if (given !== connectionString) {
      throw new Complaint(
        `Unable to connect to the database: it is none of this lab, whose own is ${connectionString}`,
      );
    }
    const masterKey = flags.get('masterKey');
    if (masterKey !== undefined && masterKey !== record.masterKey) {
      throw new Complaint('The supplied Master Key is not the one that the data in the database is encrypted with.');
    }
    if (masterKey === undefined && instance.database === null && !(flags.has('create') && (await isFresh()))) {
      throw new Complaint(
        'The database has been set up before: supply the Master Key of the other nodes with --masterKey.',
      );
    }
    await disk.instance.write({ ...instance, database: given });
    return 'Database is configured.';

    /** No node was ever at work on it, so that the first one makes the key. */
    async function isFresh(): Promise<boolean> {
      await using octopus = machine.openDatabase();
      const [rows = []] = await octopus.read([sql`SELECT Id AS id FROM dbo.OctopusServerInstallationHistory`], signal);
      return rows.length === 0;
    }
  },
});

export const showMasterKey = ofInstance({
  flags: { format: 'value' },
  async run(flags, { instance, record }) {
    if (instance.database === null) throw new Complaint('The instance has no Master Key: it has no database yet.');
    return isJson(flags) ? JSON.stringify({ MasterKey: record.masterKey }) : record.masterKey;
  },
});
