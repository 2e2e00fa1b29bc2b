/**
 * Clouds answer reads from copies that lag behind their writes by seconds: what was asked for and is not seen may be on
 * its way. A probe of such a step says "no" only where it still says so after this time. EC2 and its kin promise no
 * bound; in practice a change shows within two or three seconds.
 */
export const readsSettleMs = 5_000;
