import type { Clock, Cloud, CloudRegistry, HostRegistry, Traits } from '@belay/cloud';
import {
  createSim,
  ec2Traits,
  type FaultRule,
  type Operation,
  type ReservationRecord,
  type ScaledClock,
  type Serving,
  type Shop,
  type Sim,
  type SimOptions,
  scaledClock,
  shopScenario,
  type VirtualClock,
  type Visit,
  virtualClock,
  type WorldView,
} from '@belay/sim';
import { expectAssignable, expectError, expectType } from 'tsd';

// Without a clock it has a virtual one; with one it hands that one back, as what it is.
expectType<Sim<VirtualClock>>(createSim());
expectType<Sim<VirtualClock>>(createSim({ seed: 1 }));
expectType<VirtualClock>(createSim({ clock: virtualClock() }).clock);
expectType<ScaledClock>(createSim({ clock: scaledClock(60) }).clock);
expectAssignable<Clock>(virtualClock());

// It is what steps ask for: `services: sim`.
declare const sim: Sim<VirtualClock>;
expectAssignable<{ readonly clouds: CloudRegistry; readonly hosts: HostRegistry }>(sim);
expectType<Cloud>(sim.cloud);
expectType<Cloud>(sim.anotherCloud());

// A family by name, or traits of one's own; nothing in between.
expectAssignable<SimOptions>({ traits: 'openstack' });
expectAssignable<SimOptions>({ traits: { ...ec2Traits, dns: false } satisfies Traits });
expectError(createSim({ traits: 'azure' }));
expectError(createSim({ traits: { dns: false } }));

// Levers know the operations and the kinds of errors.
sim.faults.next('volumes.attach', { kind: 'failed' });
expectError(sim.faults.next('volumes.atach', { kind: 'failed' }));
expectError(sim.faults.next('volumes.attach', { kind: 'bad luck' }));
expectAssignable<Operation>('services.stop');

// A fault is a rule: the calls, and what becomes of them. Each effect has what it needs, and nothing else.
expectType<() => void>(sim.faults.add({ on: 'volumes.attach', does: { what: 'sticks' } }));
expectAssignable<FaultRule>({
  on: ['volumes.attach', 'volumes.detach'],
  resourceId: 'vol-1',
  after: 1,
  times: 2,
  does: { what: 'fails', kind: 'quota', code: 'AttachmentLimitExceeded' },
});
expectError(sim.faults.add({ on: 'volumes.attach', does: { what: 'explodes' } }));
expectError(sim.faults.add({ on: 'volumes.attach', does: { what: 'is-slow' } }));
expectError(sim.faults.add({ on: 'volumes.attach', does: { what: 'shows-late', reads: 2 } }));

// A latency is three points.
createSim({ latencies: { 'volumes.attach': [1, 2, 3] } });
expectError(createSim({ latencies: { 'volumes.attach': [1, 2] } }));

expectType<Shop>(shopScenario(sim));
expectType<Serving>(sim.world.whoServes('shop.example'));
declare const visit: Visit;
if (visit.servedBy === undefined) expectType<string>(visit.why);
else expectType<number>(visit.order);

// An onlooker sees what is there, and cannot lean on how the world keeps what is under way.
expectType<WorldView>(sim.world.state());
expectType<number>(sim.world.state().nowMs);
expectError(sim.world.state().agenda);
expectType<ReservationRecord | undefined>(sim.world.state().reservations['cr-1']);
