import type { Clouds, Hosts, Secret, Secrets } from '@belay/cloud';
import {
  type Approval,
  type Assessment,
  approve,
  type DescriptionError,
  type Facts,
  judge,
  type Known,
  type ObserveError,
  observe,
  type Plan,
  type PlanError,
  type PlannedRun,
  type ProductCatalogue,
  plan,
  planner,
  type RecoveryPlan,
  readCatalogue,
  type SwapInput,
  type SwapOutput,
  type TakeoverPlan,
  type Target,
  targetOfProduct,
  verifyPlan,
  volumeSwap,
  type Workload,
} from '@belay/planner';
import type { GraphBuilder, IsJson, StepGraph } from '@belay/runner';
import { ok, type Result, type ResultAsync } from 'neverthrow';
import { expectAssignable, expectError, expectType } from 'tsd';

declare const facts: Facts;
declare const target: Target;
declare const workload: Workload;
declare const services: Clouds & Hosts;
declare const fact: Known<number>;

// Facts are asked for, never thrown.
expectType<ResultAsync<Facts, ObserveError>>(
  observe(workload, target, services, { clock: { now: () => 0, after: () => () => undefined } }),
);
expectError(observe(workload, target, services, {}));
expectError(
  observe(
    workload,
    target,
    { clouds: services.clouds },
    { clock: { now: () => 0, after: () => () => undefined } },
  ),
);

// An unknown fact has no value to be taken by mistake.
expectError(fact.value);
if (fact.known) expectType<number>(fact.value);
else expectType<string>(fact.why);

// Judging and planning need a time that is handed in.
expectType<readonly Assessment[]>(judge(facts, target, { now: '2026-11-22T11:04:52Z' }));
expectType<Plan>(plan(facts, target, { now: '2026-11-22T11:04:52Z' }));
expectError(plan(facts, target, {}));
expectError(plan(facts, target, { now: '2026-11-22T11:04:52Z', strategy: 'teleport' }));
expectError(plan(facts, target, { now: '2026-11-22T11:04:52Z', accept: [{ guard: 'route', by: 'ada' }] }));

// The graph, and what a plan hands to it.
expectAssignable<StepGraph<Clouds & Hosts, SwapInput, SwapOutput>>(volumeSwap);
declare const made: Plan;
expectType<Result<PlannedRun, PlanError>>(planner.runOf(made, { now: '2026-11-22T11:04:52Z' }));
expectType<true>(true as IsJson<SwapInput>);
expectType<true>(true as IsJson<SwapOutput>);

// What runs is known by its graph, and each graph has its own input.
declare const run: PlannedRun;
expectError(run.input.mayKeepVolume);
if (run.graph === 'volume-swap') expectType<boolean>(run.input.mayKeepVolume);
if (run.graph === 'rsync') expectType<'empty'>(run.input.disk.from.kind);

// Plans of every kind are JSON, and approved alike.
expectType<true>(true as IsJson<Plan>);
expectType<true>(true as IsJson<RecoveryPlan>);
expectType<true>(true as IsJson<TakeoverPlan>);
declare const recovery: RecoveryPlan;
expectType<Result<Approval, PlanError>>(
  approve(recovery, { digest: 'sha256:…', by: 'ada', at: '2026-11-22T11:04:52Z' }),
);
expectError(verifyPlan(recovery));

// What comes from a file is read, never believed.
expectType<Result<ProductCatalogue, DescriptionError>>(readCatalogue({}));
expectError(targetOfProduct({}, 'small', { name: 'web12', now: '2026-11-22T11:04:52Z' }));

// A journal keeps what steps return, so a secret is no output, however deep it lies. What it opened may be told.
declare const g: GraphBuilder<Secrets>;
declare const secret: Secret;
expectType<false>(false as IsJson<Secret>);
expectError(g.step('token', { run: () => ok(secret) }));
expectError(g.step('login', { run: () => ok({ user: 'ada', keys: [{ password: secret }] }) }));
expectError(g.step('ask', { run: (_, { services }) => services.secrets.get({ secret: 'db-main' }) }));
g.step('use', {
  run: (_, { services }) => services.secrets.get({ secret: 'db-main' }).map(() => ({ known: true })),
});
