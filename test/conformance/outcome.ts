// What came of the cases on all clouds, as data: for `--json`, for the table, and for the check that each adapter has
// been put to every case somewhere.

import { type CaseResult, type ConformanceReport, cloudCases } from '@belay/cloud/conformance';
import type { CloudUnderTest } from './cloud-under-test.ts';

/** One cloud: what it is, and its report, or why there is none. */
export interface Outcome {
  readonly cloud: CloudUnderTest;
  readonly report: ConformanceReport | undefined;
  readonly trouble?: string;
}

/** What a program reads: `npm run --silent conformance -- --json`. */
export interface JsonReport {
  readonly clouds: Readonly<Record<string, JsonCloud>>;
}

interface JsonCloud {
  /** How many cases passed. */
  readonly passed: number;
  readonly notApplicable: readonly { readonly case: string; readonly trait: string }[];
  readonly outOfReach: readonly { readonly case: string; readonly lever: string }[];
  readonly failed: readonly { readonly case: string; readonly why: string }[];
}

export function jsonOf(outcomes: readonly Outcome[]): JsonReport {
  return {
    clouds: Object.fromEntries(outcomes.map((outcome) => [outcome.cloud.name, jsonCloud(outcome)])),
  };
}

function jsonCloud({ report, trouble = '' }: Outcome): JsonCloud {
  if (report === undefined) {
    const failed = cloudCases.map(({ id }) => ({ case: id, why: `It could not be opened: ${trouble}` }));
    return { passed: 0, notApplicable: [], outOfReach: [], failed };
  }
  const of = (verdict: CaseResult['verdict']): readonly CaseResult[] =>
    report.results.filter((result) => result.verdict === verdict);
  return {
    passed: of('passed').length,
    notApplicable: of('not-applicable').map(({ id, detail = '' }) => ({ case: id, trait: detail })),
    outOfReach: of('out-of-reach').map(({ id, detail = '' }) => ({ case: id, lever: detail })),
    failed: of('failed').map(({ id, detail = '' }) => ({ case: id, why: detail })),
  };
}

/** A case that no cloud of an adapter has passed, and why. */
export interface Gap {
  readonly adapter: string;
  readonly id: string;
  /** By a trait on all of its clouds: the promise means nothing there. Else a lever is missing, or it failed. */
  readonly byTrait: boolean;
  readonly why: string;
}

/** Only of adapters all of whose clouds were tried. */
export function gapsOf(outcomes: readonly Outcome[], all: readonly CloudUnderTest[]): readonly Gap[] {
  const adapters = [...new Set(all.map(({ adapter }) => adapter))];
  return adapters.flatMap((adapter) => {
    const mine = outcomes.filter(({ cloud }) => cloud.adapter === adapter);
    if (mine.length < all.filter((cloud) => cloud.adapter === adapter).length) return [];
    return cloudCases.flatMap(({ id }) => {
      const results = mine.flatMap(({ report }) => report?.results.find((result) => result.id === id) ?? []);
      if (results.some(({ verdict }) => verdict === 'passed')) return [];
      const byTrait = results.length > 0 && results.every(({ verdict }) => verdict === 'not-applicable');
      const why = [...new Set(results.map(({ verdict, detail = '' }) => `${verdict}: ${detail}`))].join('; ');
      return [{ adapter, id, byTrait, why: why === '' ? 'not run' : why }];
    });
  });
}

/** What makes the command fail, a sentence each. */
export function problemsOf(outcomes: readonly Outcome[], gaps: readonly Gap[]): readonly string[] {
  return [
    ...outcomes.flatMap(({ cloud, report, trouble = '' }) =>
      report === undefined
        ? [`${cloud.name} could not be opened: ${trouble}`]
        : report.results
            .filter(({ verdict }) => verdict === 'failed')
            .map(({ id, title, detail = '' }) => `${cloud.name}, case ${id} (${title}): ${detail}`),
    ),
    ...gaps
      .filter(({ byTrait }) => !byTrait)
      .map(({ adapter, id, why }) => `${adapter} has passed case ${id} nowhere: ${why}`),
  ];
}
