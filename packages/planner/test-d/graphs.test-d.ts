import type { Clouds, Hosts, InstanceId } from '@belay/cloud';
import {
  type Backups,
  type Clocks,
  type CloneInput,
  type CloneOutput,
  type CopyOutput,
  createPlanner,
  type FrontEnds,
  firstRunsOf,
  type GateInput,
  type GrowInput,
  growOnline,
  type MoveInput,
  type ReleaseInput,
  type Releases,
  type ResizeInput,
  type RsyncInput,
  recover,
  releaseSource,
  resizeInPlace,
  rsync,
  type Slots,
  type Soaks,
  type SwapInput,
  type SwapOutput,
  snapshotClone,
  type TakeoverInput,
  takeover,
  volumeSwap,
} from '@belay/planner';
import { type IsJson, memoryJournal, openRunner, type Runner, type StepGraph } from '@belay/runner';
import { ok } from 'neverthrow';
import { expectAssignable, expectError, expectType } from 'tsd';

interface Monitoring {
  readonly monitoring: { silence(name: string): void };
}

declare const clouds: Clouds['clouds'];
declare const hosts: Hosts['hosts'];
declare const monitoring: Monitoring['monitoring'];
declare const frontEnds: FrontEnds['frontEnds'];
declare const runner: Runner;
const journal = memoryJournal();

// Every graph runs with clouds and hosts alone; what only some runs need may be left out.
expectAssignable<StepGraph<Clouds & Hosts, SwapInput, SwapOutput>>(volumeSwap);
expectAssignable<StepGraph<Clouds & Hosts, RsyncInput, CopyOutput>>(rsync);
expectAssignable<StepGraph<Clouds & Hosts, CloneInput, CloneOutput>>(snapshotClone);
expectAssignable<StepGraph<Clouds & Hosts & Releases, ReleaseInput, undefined>>(releaseSource);
openRunner({ graphs: createPlanner().graphs, services: { clouds, hosts }, journal });
openRunner({ graphs: createPlanner().graphs, services: { clouds, hosts, frontEnds }, journal });
openRunner({
  graphs: [releaseSource],
  services: { clouds, hosts, releases: firstRunsOf(() => runner) },
  journal,
});
// What gates ask besides may be given: the time, whoever knows of backups, whoever watched the soak.
declare const gates: Clocks & Backups & Soaks;
openRunner({ graphs: createPlanner().graphs, services: { clouds, hosts, ...gates }, journal });
expectError(
  openRunner({ graphs: createPlanner().graphs, services: { clouds, hosts, soaks: 'none' }, journal }),
);
expectType<true>(true as IsJson<GateInput>);
expectError(openRunner({ graphs: createPlanner().graphs, services: { clouds }, journal }));
expectError(
  openRunner({ graphs: createPlanner().graphs, services: { clouds, hosts, frontEnds: 'cdn' }, journal }),
);

// What a slot's steps ask of services, the runner must be given.
const house: Slots<Clouds & Hosts & Monitoring> = {
  name: 'house',
  beforeStop: (s, { source, target }) => {
    s.step('silence', {
      needs: { target },
      idempotent: true,
      run: (needs, { services }) => {
        expectType<InstanceId>(needs.target.id);
        services.monitoring.silence(source.name);
        return ok(undefined);
      },
    });
  },
};
const planner = createPlanner({ slots: [house] });
openRunner({ graphs: planner.graphs, services: { clouds, hosts, monitoring }, journal });
expectError(openRunner({ graphs: planner.graphs, services: { clouds, hosts }, journal }));

// A slot is one of the named places, and its steps know only what it was given.
expectError<Slots>({ name: 'house', beforeLunch: () => undefined });
expectError<Slots<Clouds & Hosts>>({
  name: 'house',
  afterSwitch: (s) => {
    s.step('silence', {
      run: (_, { services }) => {
        services.monitoring.silence('web12');
        return ok(undefined);
      },
    });
  },
});

// Inputs are JSON, and each graph takes its own.
expectType<true>(true as IsJson<MoveInput>);
expectType<true>(true as IsJson<RsyncInput>);
expectType<true>(true as IsJson<GrowInput>);
expectType<true>(true as IsJson<ResizeInput>);
expectType<true>(true as IsJson<TakeoverInput>);
expectType<true>(true as IsJson<ReleaseInput>);
declare const clone: CloneInput;
declare const copy: RsyncInput;
declare const swap: SwapInput;
const options = { id: 'a' };
runner.run(snapshotClone, clone, options);
expectError(runner.run(snapshotClone, copy, options));
expectError(runner.run(rsync, swap, options));
expectError(runner.run(takeover, swap, options));
expectError(runner.run(recover, swap, options));
expectError(runner.run(growOnline, swap, options));
expectError(runner.run(resizeInPlace, swap, options));
