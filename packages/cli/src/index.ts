/**
 * The belay command as a library: the config with its types, and the parts that programs of your own may show: a run
 * on a terminal or as lines, the job log, the picture.
 *
 * @packageDocumentation
 */

export type {
  AlertsSection,
  ChainSection,
  HeartbeatSection,
  OwnTargetSection,
  PagerDutySection,
  TargetSection,
  WebhookSection,
} from './config/alerts.ts';
export type { CatalogueSection } from './config/catalogue.ts';
export type {
  AwsCredentials,
  AwsSection,
  CloudSection,
  LabSection,
  OpenstackSection,
  SimSection,
} from './config/clouds.ts';
export { type Config, defineConfig } from './config/config.ts';
export type { Door, HostsSection, ServerSection } from './config/hosts.ts';
export type { PlanningSection } from './config/planning.ts';
export type {
  CloudInventorySection,
  CloudRemoverSection,
  CoveringSection,
  FileRegistrySection,
  FolderInventorySection,
  FolderRemoverSection,
  InventorySection,
  KeyRule,
  NamedSection,
  OwnInventorySection,
  OwnRegistrySection,
  OwnRemoverSection,
  PostgresRegistrySection,
  RegistrySection,
  RemoverSection,
  S3InventorySection,
  S3RemoverSection,
  ScannerSection,
  ScopeSection,
  SortSection,
  SqliteRegistrySection,
} from './config/scanner.ts';
export type { SecretPlace } from './config/secrets.ts';
export type { ServicesSection } from './config/services.ts';
export type { WorkloadsSection } from './config/workloads.ts';
export { clockTime, span } from './span.ts';
export { type Job, jobLog } from './status/job-log.ts';
export { type Heartbeat, jsonScreen, lineScreen } from './watch/line-screen.ts';
export { drawRun } from './watch/picture.ts';
export { type Progress, progressOf, type StepLine } from './watch/progress.ts';
export type { Moment, Outlook, Output, Screen, Status } from './watch/screen.ts';
export { type Serving, type ServingChange, type Stopwatch, stopwatch } from './watch/stopwatch.ts';
export { terminalScreen } from './watch/terminal-screen.ts';
export { type Watch, type WatchOptions, watch } from './watch/watch.ts';
