/** What is kept with a cluster, in octo-ha's own tables, by its name there. */
export const settingNames = {
  installationId: 'identity.installationId',
  sqlConsent: 'consent.sql',
  leaseTerm: 'lease.term',
  leaseRenewEvery: 'lease.renewEvery',
  storagePath: 'storage.path',
  balancerOutAfter: 'lb.outAfter',
  balancerInAfter: 'lb.inAfter',
  /** Where users reach the cluster. */
  portal: 'lb.url',
} as const;
