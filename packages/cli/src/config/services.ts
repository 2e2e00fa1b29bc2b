/** Ports of the house that the planner and its runs ask. Code: only a TypeScript config can hold them. */

import type { SecretStore } from '@belay/cloud';
import type {
  BackupEvidence,
  BackupRestorer,
  FrontEndRegistry,
  HeadroomEvidence,
  RouteWitness,
  Slots,
  SoakRecords,
  StandbyEvidence,
  StandbyKeeper,
  World,
} from '@belay/planner';
import * as v from 'valibot';
import { withFunctions } from './field.ts';

/** Implementations of the planner's ports. Each may be left out. */
export interface ServicesSection {
  /** Whoever makes the backups: says how fresh the newest is and what is in it. */
  readonly backups?: BackupEvidence | undefined;
  /** Puts the files of a backup back; for recoveries. */
  readonly restores?: BackupRestorer | undefined;
  /** Proxies, CDNs and allow-lists, by the names that workloads give them. */
  readonly frontEnds?: FrontEndRegistry | undefined;
  /** Asks at moved addresses themselves who serves, for workloads that are `witnessed`. */
  readonly routeWitness?: RouteWitness | undefined;
  /** Whoever keeps standbys up to date; for takeovers. */
  readonly standbys?: StandbyKeeper | undefined;
  /** Says what the standby of a workload has by now. */
  readonly standbyEvidence?: StandbyEvidence | undefined;
  /** Whoever measures servers and disks: bursts that are left, time that is stolen. */
  readonly headroom?: HeadroomEvidence | undefined;
  /** Whoever has watched a target since it began to serve; for the release of its source. */
  readonly soaks?: SoakRecords | undefined;
  /** Where secrets are, where the section `secrets` is not enough. */
  readonly secrets?: SecretStore | undefined;
  /** Steps of your own that take part in every move. */
  readonly slots?: Slots<World> | undefined;
}

export const servicesSchema: v.GenericSchema<unknown, ServicesSection> = v.strictObject({
  backups: v.optional(withFunctions<BackupEvidence>(['newest'])),
  restores: v.optional(withFunctions<BackupRestorer>(['restore'])),
  frontEnds: v.optional(withFunctions<FrontEndRegistry>(['get'])),
  routeWitness: v.optional(withFunctions<RouteWitness>(['whoServes'])),
  standbys: v.optional(
    withFunctions<StandbyKeeper>([
      'lastImport',
      'beginCopy',
      'sealCopy',
      'voidCopy',
      'pauseImports',
      'resumeImports',
      'request',
    ]),
  ),
  secrets: v.optional(withFunctions<SecretStore>(['get'])),
  headroom: v.optional(withFunctions<HeadroomEvidence>(['of'])),
  soaks: v.optional(withFunctions<SoakRecords>(['of'])),
  standbyEvidence: v.optional(withFunctions<StandbyEvidence>(['report'])),
  slots: v.optional(
    v.custom<Slots<World>>(
      (value) =>
        typeof value === 'object' && value !== null && typeof Reflect.get(value, 'name') === 'string',
      'must be a set of slots with a name',
    ),
  ),
});
