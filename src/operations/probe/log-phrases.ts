/** Sentences in Octopus Server's own log that tell of a known trouble. */
export const logPhrases = [
  { name: 'path', phrase: 'Could not find a part of the path', tells: 'a folder of the shared storage is not there' },
  { name: 'access', phrase: 'Access to the path', tells: 'the service account may not use a folder' },
  { name: 'locked', phrase: 'being used by another process', tells: 'a file is held by a virus scanner or a backup' },
  {
    name: 'pool',
    phrase: 'prior to obtaining a connection from the pool',
    tells: 'the pool of connections to the database is too small',
  },
  {
    name: 'masterkey',
    phrase: "Unable to parse configuration key 'Octopus.Storage.MasterKey'",
    tells: 'the configuration was copied from another machine',
  },
  {
    name: 'licence',
    phrase: 'your license limits have been exceeded',
    tells: 'the licence does not allow so many nodes',
  },
  {
    name: 'shared',
    phrase: 'no cluster shared directory has been configured',
    tells: 'multi-node polling needs --clusterShared',
  },
  {
    name: 'polling',
    phrase: 'did not collect the request within the allowed time',
    tells: 'a polling Tentacle does not poll this node',
  },
  {
    name: 'collation',
    phrase: 'are not using the default collation',
    tells: 'columns with another collation stop an upgrade',
  },
] as const;
