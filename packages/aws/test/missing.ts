/** Ids that EC2 takes for well formed, and that name nothing. */
export const missing = {
  volumeId: 'vol-00000000000000000',
  instanceId: 'i-00000000000000000',
  snapshotId: 'snap-00000000000000000',
  floatingIpId: 'eipalloc-00000000000000000',
  imageId: 'ami-00000000000000000',
} as const;
