/**
 * The config: which clouds there are, how their servers are reached, where runs are remembered, what can be moved and
 * to what. One file for all commands; each section is a noun with a file of its own here. Secrets are named, never
 * written down.
 */

import type { AlertsSection } from './alerts.ts';
import type { CatalogueSection } from './catalogue.ts';
import type { CloudSection } from './clouds.ts';
import type { HostsSection } from './hosts.ts';
import type { PlanningSection } from './planning.ts';
import type { ScannerSection } from './scanner.ts';
import type { SecretPlace } from './secrets.ts';
import type { ServicesSection } from './services.ts';
import type { WorkloadsSection } from './workloads.ts';

/** What `belay.config.ts` gives, and `belay.config.json` holds. Paths are relative to the file. */
export interface Config {
  /** The file in which runs are remembered; plans are kept in a folder beside it. `belay.db` where absent. */
  readonly journal?: string | undefined;
  /** Clouds, by names of your own. */
  readonly clouds?: Readonly<Record<string, CloudSection>> | undefined;
  /** How one gets into the servers of a cloud, by the cloud's name. Simulated ones need nothing here. */
  readonly hosts?: Readonly<Record<string, HostsSection>> | undefined;
  /** What a workload can be sold as. */
  readonly catalogue?: CatalogueSection | undefined;
  /** What can be moved. */
  readonly workloads?: WorkloadsSection | undefined;
  /** Limits and habits of planning. */
  readonly planning?: PlanningSection | undefined;
  /** Secrets that runs ask for by name, such as the word that allows a takeover. */
  readonly secrets?: Readonly<Record<string, SecretPlace>> | undefined;
  /** Ports of the house, from a TypeScript config: backups, front ends, standbys. */
  readonly services?: ServicesSection | undefined;
  readonly alerts?: AlertsSection | undefined;
  readonly scanner?: ScannerSection | undefined;
}

/** Gives the config back as it is, with the types of its fields. */
export function defineConfig(config: Config): Config {
  return config;
}
