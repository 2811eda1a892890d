import { settingsXml } from '../configuration-file.js';
import { Complaint } from './flags.js';
import { isJson, ofInstance } from './instances.js';

const named = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, 'value'] as const));

const configureFlags = [
  ...['home', 'serverNodeName', 'commsListenPort', 'grpcListenPort', 'commsListenWebSocket', 'webListenPrefixes'],
  ...['webForceSSL', 'webServer', 'trustedProxies', 'hstsEnabled', 'hstsMaxAge', 'requestLoggingEnabled'],
  ...['cachePackages', 'cacheLowDiskSpaceThreshold', 'cacheDirectoryFullThreshold', 'maxConcurrentTasks'],
  ...['upgradeCheck', 'upgradeNotification', 'multiNodePollingTentaclesRedisConnectionString'],
  ...['webAuthenticationScheme', 'usernamePasswordIsEnabled'],
];

/**
 * Keeps what it is given. A node of the lab goes on answering at the address that the lab gave its machine, whatever
 * its prefixes say: its machines share one host.
 */
export const configure = ofInstance({
  flags: named(configureFlags),
  async run(flags, { disk, instance }) {
    const given = configureFlags.flatMap((name) => (flags.has(name) ? [[name, flags.get(name) ?? ''] as const] : []));
    await disk.instance.write({ ...instance, configured: { ...instance.configured, ...Object.fromEntries(given) } });
    return given.map(([name]) => `Set ${name}`).join('\n');
  },
});

const pathFlags = [
  ...['clusterShared', 'executionsClusterShared', 'cacheDirectory', 'nugetRepository', 'artifacts', 'imports'],
  ...['taskLogs', 'eventExports', 'telemetry'],
];

/** Keeps the paths it is given; a blank one is cleared. The nodes of a lab use its shared folder whatever they say. */
export const path = ofInstance({
  flags: named(pathFlags),
  async run(flags, { disk, instance }) {
    if (instance.database === null) throw new Complaint('The instance has no database yet, where paths are kept.');
    const given = pathFlags.filter((name) => flags.has(name));
    const left = Object.entries(instance.configured).filter(([name]) => !given.includes(name));
    const set = given.flatMap((name) => (flags.get(name) ? [[name, flags.get(name) ?? ''] as const] : []));
    await disk.instance.write({ ...instance, configured: Object.fromEntries([...left, ...set]) });
    return given.map((name) => `${flags.get(name) ? 'Set' : 'Cleared'} ${name}`).join('\n');
  },
});

export const showConfiguration = ofInstance({
  flags: { file: 'value', format: 'value' },
  async run(flags, { instance }) {
    if (flags.has('file'))
      throw new Complaint('A machine of the lab shows its configuration, and writes no file of it.');
    const { configured } = instance;
    const settings: Readonly<Record<string, string>> = {
      'Octopus.Home': instance.home,
      'Octopus.Storage.NodeName': instance.nodeName,
      ...(instance.database === null ? {} : { 'Octopus.Storage.ExternalDatabaseConnectionString': instance.database }),
      'Octopus.Communications.ServicesPort': configured['commsListenPort'] ?? '10943',
      'Octopus.WebPortal.ListenPrefixes': configured['webListenPrefixes'] ?? '',
    };
    if (isJson(flags)) return JSON.stringify(settings, null, 2);
    return settingsXml(settings);
  },
});
