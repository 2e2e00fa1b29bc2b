import type { Result } from 'neverthrow';
import type { Call } from '../call.ts';
import type { HostError, HostErrorKind, HostResult } from '../host-error.ts';
import type { CaseVerdict } from './case.ts';
import { CaseFailed, check, isPlain } from './check.ts';
import type { HostLeverName, HostLevers, HostScene, HostSubject, HostTrait } from './host-subject.ts';
import {
  type CaseResult,
  type ConformanceOptions,
  type ConformanceReport,
  reportOn,
  resultOf,
} from './report.ts';

/** One promise of the `Host` port, as data: it needs no test runner. */
export interface HostCase {
  /** `H` and a number that stays with the promise for ever. */
  readonly id: string;
  /** The promise, as a sentence. */
  readonly title: string;
  readonly group: 'server' | 'services' | 'mounts' | 'disks' | 'copy' | 'facts';
  /** What a subject must have for the promise to mean anything. */
  readonly traits: readonly HostTrait[];
  /** What a subject must be able to do for the case to be put to it. */
  readonly levers: readonly HostLeverName[];
  /** Never rejects. */
  readonly run: (subject: HostSubject) => Promise<CaseVerdict>;
}

/** Where a case works. */
export interface HostBench extends HostScene {
  readonly subject: HostSubject;
  /** The call under the key of this part of this case. */
  call(part: string, more?: Partial<Call>): Call;
  /** The lever, which the frame has made sure is there. */
  lever<N extends HostLeverName>(name: N): NonNullable<HostLevers[N]>;
  /** The value; an error breaks the promise. */
  must<T>(result: HostResult<T>): Promise<T>;
  /** An error of one of these kinds, plain and with its names; anything else breaks the promise. */
  mustFail(result: HostResult<unknown>, ...kinds: readonly HostErrorKind[]): Promise<HostError>;
  /** Lets the subject's time pass. */
  pause(durationMs: number): Promise<void>;
  /** On the target: a filesystem on the spare disk, mounted where the data is on the source. Gives its UUID. */
  mountSpare(): Promise<string>;
}

/** The filesystem that cases make on the spare disk. */
export const spareUuid = '3e5a7c91-20bd-4f6e-8a13-6c94d2f0b7e5';

/** How much later than it was told a call may end. */
const graceMs = 6_000;
/** A case makes a few dozen calls, and each of them takes its patience only where it fails. */
const mostPatiences = 10;

/** Makes a case of a body that throws {@link CaseFailed} where the promise is broken. */
export function hostCase(
  head: Omit<HostCase, 'run' | 'traits' | 'levers'> & Partial<Pick<HostCase, 'traits' | 'levers'>>,
  body: (bench: HostBench) => Promise<void>,
): HostCase {
  return {
    traits: [],
    levers: [],
    ...head,
    run(subject) {
      const verdict = judge(head.id, subject, body);
      return subject.drive === undefined ? verdict : subject.drive(verdict);
    },
  };
}

async function judge(
  id: string,
  subject: HostSubject,
  body: (bench: HostBench) => Promise<void>,
): Promise<CaseVerdict> {
  let scene: HostScene | undefined;
  const { promise: late, reject } = Promise.withResolvers<never>();
  const limitMs = mostPatiences * subject.patienceMs;
  const stop = subject.clock.after(limitMs, () =>
    reject(new CaseFailed(`It did not end within ${limitMs} ms.`)),
  );
  try {
    scene = await subject.open();
    await Promise.race([body(openHostBench(id, subject, scene)), late]);
    return { passed: true };
  } catch (thrown) {
    if (thrown instanceof CaseFailed) return { passed: false, why: thrown.message };
    // An adapter that throws breaks the port's first promise, whatever the case is about.
    return {
      passed: false,
      why: `Something was thrown: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    };
  } finally {
    stop();
    await scene?.close();
  }
}

function openHostBench(id: string, subject: HostSubject, scene: HostScene): HostBench {
  const { clock, patienceMs: timeoutMs } = subject;
  const ended = async <T>(result: HostResult<T>): Promise<Result<T, HostError>> => {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const stop = clock.after(timeoutMs + graceMs, () =>
      reject(new CaseFailed(`A call went on for more than the ${timeoutMs} ms that it had.`)),
    );
    return await Promise.race([result, late]).finally(stop);
  };
  const bench: HostBench = {
    ...scene,
    subject,
    call: (part, more = {}) => ({ key: `conformance/${id}/${part}`, timeoutMs, ...more }),
    lever<N extends HostLeverName>(name: N): NonNullable<HostLevers[N]> {
      const lever: HostLevers[N] = scene.levers[name];
      if (lever === undefined) throw new CaseFailed(`The lever ${name} is not there.`);
      return lever;
    },
    must: async (result) =>
      (await ended(result)).match(
        (value) => value,
        ({ operation, kind, message }) => {
          throw new CaseFailed(`${operation} failed as ${kind}: ${message}`);
        },
      ),
    mustFail: async (result, ...kinds) =>
      (await ended(result)).match(
        () => {
          throw new CaseFailed(`It worked, and should have failed as ${kinds.join(' or ')}.`);
        },
        (error) => {
          const { operation, kind, message } = error;
          check(
            kinds.includes(kind),
            `${operation} failed as ${kind} and not as ${kinds.join(' or ')}: ${message}`,
          );
          check(isPlain(error), `The error of ${operation} is no plain value.`);
          check(
            error.host !== '' && operation !== '',
            `An error names host ${error.host}, verb ${operation}.`,
          );
          return error;
        },
      ),
    pause: (durationMs) => new Promise((wake) => clock.after(durationMs, wake)),
    async mountSpare() {
      const { target, spare, data } = scene;
      const spec = { disk: spare, filesystemType: 'ext4', filesystemUuid: spareUuid } as const;
      await bench.must(target.disks.format(spec, bench.call('format')));
      const { mountPoint } = data;
      await bench.must(
        target.mounts.mount({ disk: spare, mountPoint, filesystemUuid: spareUuid }, bench.call('mount')),
      );
      return spareUuid;
    },
  };
  return bench;
}

/** Puts the cases to the subject. Never rejects: what went wrong is in the report. */
export function runHostConformance(
  cases: readonly HostCase[],
  subject: HostSubject,
  options: ConformanceOptions = {},
): Promise<ConformanceReport> {
  return reportOn(subject.name, cases, (one) => put(one, subject), options);
}

async function put(one: HostCase, subject: HostSubject): Promise<CaseResult> {
  const { id, title } = one;
  const trait = one.traits.find((wanted) => !subject.traits.has(wanted));
  if (trait !== undefined) return { id, title, verdict: 'not-applicable', detail: trait };
  const lever = one.levers.find((wanted) => !subject.levers.has(wanted));
  if (lever !== undefined) return { id, title, verdict: 'out-of-reach', detail: lever };
  return resultOf(one, await one.run(subject));
}
