/** What only people know of a cluster, with the day on which they last saw to it. */
export const declarations = [
  'masterKeySaved',
  'licenceSaved',
  'storageBackedUp',
  'restoreTested',
  'storageRedundant',
  'balancerRedundant',
  'nodesInSeveralZones',
  'storageCopiedElsewhere',
  'runbookWritten',
] as const;

export type Declaration = (typeof declarations)[number];
export type Declared = Readonly<Partial<Record<Declaration, Date>>>;
