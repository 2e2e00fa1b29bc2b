import type { HostCase } from './host-case.ts';
import { hostCopyCases } from './host-copy-cases.ts';
import { hostDirectCases } from './host-direct-cases.ts';
import { hostFactCases } from './host-fact-cases.ts';
import { hostMountCases } from './host-mount-cases.ts';
import { hostServerCases } from './host-server-cases.ts';
import { hostServiceCases } from './host-service-cases.ts';

/** The 47 promises of the `Host` port, by their numbers. */
export const hostCases: readonly HostCase[] = [
  ...hostServerCases,
  ...hostServiceCases,
  ...hostMountCases,
  ...hostCopyCases,
  ...hostFactCases,
  ...hostDirectCases,
];
