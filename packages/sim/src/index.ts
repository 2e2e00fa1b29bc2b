/**
 * A whole cloud and the inside of its servers in memory, behind the ports of `@belay/cloud`: strict, slow, unreliable
 * on demand, and the same each time for the same seed.
 *
 * @packageDocumentation
 */

export type { ApiOptions } from './api.ts';
export type {
  Fault,
  FaultEffect,
  FaultLevel,
  FaultRule,
  Faults,
  Operation,
  RandomFaultKind,
  RandomFaults,
} from './faults.ts';
export { operations } from './faults.ts';
export type {
  BootEntryRecord,
  FreezeRecord,
  GuestRecord,
  GuestTemplate,
  MountRecord,
  ServiceRecord,
  ServiceTemplate,
  TimerRecord,
  TimerTemplate,
} from './guest-record.ts';
export type { SimWorld, Visit } from './inspect.ts';
export { type Internet, internet } from './internet.ts';
export { flatLatencies, type Latencies, type LatencyName, type Spread } from './latency.ts';
export { type ClockAnchor, type ScaledClock, scaledClock } from './scaled-clock.ts';
export type { SeededServer, SeededVolume, Seeding } from './seed.ts';
export type { Serving } from './serving.ts';
export { type Shop, shopScenario } from './shop.ts';
export { createSim, type Sim, type SimOptions } from './sim.ts';
export type {
  AttachmentRecord,
  DnsChangeRecord,
  DnsEntry,
  FileRecord,
  Filesystem,
  FloatingIpRecord,
  ImageRecord,
  InstanceRecord,
  InstanceTypeRecord,
  ModificationRecord,
  QuotaRecord,
  ReservationRecord,
  SnapshotRecord,
  Stale,
  TypeLife,
  VolumeRecord,
  WorldView,
} from './state.ts';
export { ec2Traits, type Family, openstackTraits } from './traits.ts';
export { type VirtualClock, type VirtualClockOptions, virtualClock } from './virtual-clock.ts';
export type { WorldEvent } from './world.ts';
