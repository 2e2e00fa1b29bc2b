import type { Clouds, Hosts, Secret, Secrets } from '@belay/cloud';
import {
  type Assessment,
  type Facts,
  judge,
  type Known,
  type ObserveError,
  observe,
  type Plan,
  type PlanError,
  type PlannedRun,
  plan,
  planner,
  type SwapInput,
  type SwapOutput,
  type Target,
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
