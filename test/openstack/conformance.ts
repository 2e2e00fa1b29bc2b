// The port's conformance cases over the real services: once straight, and once more through the fault proxy, where
// answers get lost, gateways speak HTML and tokens end.

import { systemClock } from '@belay/cloud';
import {
  type ConformanceReport,
  cloudCases,
  type Levers,
  runConformance,
  type Subject,
} from '@belay/cloud/conformance';
import { openFaultProxy } from '@belay/sim/proxy';
import { eavesdrop } from './eavesdrop.ts';
import { listPageSize, operatorLevers, projectLevers, stackLevers } from './levers-behind.ts';
import { proxyLevers } from './levers-between.ts';
import { openCloud, type Place } from './place.ts';
import type { Faults } from './stack/faults.ts';
import { type Access, signIn } from './stack/session.ts';

export interface Suite {
  readonly place: Place;
  /** Those of the test's own stack; where the cloud is somebody's, its drivers and its operator are out of reach. */
  readonly own?: { readonly faults: Faults; readonly operator: Access } | undefined;
  readonly runName: string;
  readonly say: (line: string) => void;
  /** Only the cases with these ids. */
  readonly only?: readonly string[] | undefined;
}

/** What cannot be shown over the real services; without the proxy, nothing that needs a call to go wrong on its way. */
const outOfReach = {
  always: ['hideNew', 'staleReads'],
  straight: ['loseReply', 'refuse', 'replay'],
};
/** What a cloud of this kind has not. */
const notApplicable = ['device-names', 'dns', 'zone-bound-volumes'];

/** Over the real services as they are. */
export async function checkStraight(suite: Suite): Promise<readonly string[]> {
  const subject = await subjectOf(suite, 'openstack', 'straight', {}, {});
  return problemsOf(await run(subject, suite), suite, [...outOfReach.always, ...outOfReach.straight]);
}

/** Over the real services with the fault proxy in between. */
export async function checkProxied(suite: Suite): Promise<readonly string[]> {
  const { session, access } = suite.place;
  const faults = suite.own?.faults;
  const originOf = (url: string): string => new URL(url).origin;
  const opened = await openFaultProxy({
    upstreams: {
      identity: originOf(access['OS_AUTH_URL'] ?? ''),
      compute: originOf(session.urlOf('compute')),
      volume: originOf(session.urlOf('volumev3')),
      image: originOf(session.urlOf('image')),
      network: originOf(session.urlOf('network')),
    },
    rewriteCatalogue: [{ service: 'identity', path: '/v3/auth/tokens' }],
    seed: suite.runName,
  });
  if (opened.isErr()) throw new Error(opened.error.message);
  await using proxy = opened.value;
  const { fetch, repeat, token } = eavesdrop();
  const levers = proxyLevers({
    proxy,
    failNextSchedule: faults && (() => faults.failNextSchedule(session.projectId)),
    repeat: () => repeat('DELETE', /\/os-volume_attachments\//),
    async revoke() {
      const url = `${access['OS_AUTH_URL']}/auth/tokens`;
      await session.call('DELETE', url, undefined, { 'x-subject-token': token() });
      // For so long the services may remember the token: see `token_cache_time` in their configuration.
      await new Promise((wake) => setTimeout(wake, 2_500));
    },
  });
  const options = { authUrl: `${proxy.urls.identity}/v3`, fetch };
  const subject = await subjectOf(suite, 'openstack through the fault proxy', 'proxied', options, levers);
  return problemsOf(await run(subject, suite), suite, outOfReach.always);
}

async function subjectOf(
  { place, own, runName }: Suite,
  name: string,
  part: string,
  options: Parameters<typeof openCloud>[1],
  between: Levers,
): Promise<Subject> {
  const open = () => openCloud(place, { ...options, pageSize: listPageSize });
  const another = await open();
  const behind: Levers = {
    ...projectLevers(place.session),
    ...(own === undefined ? {} : operatorLevers(await signIn(own.operator))),
    ...(own === undefined ? {} : stackLevers(own.faults, place.session.projectId)),
  };
  const calm = (): void => {
    behind.calm?.();
    between.calm?.();
  };
  return {
    name,
    cloud: await open(),
    traits: new Set(['detach-while-running', 'floating-ips', 'snapshots', 'sessions']),
    levers: { ...behind, ...between, calm, anotherProcess: () => another },
    runName: `${runName}-${part}`,
    zones: [place.zone],
    instanceType: place.instanceType,
    otherInstanceType: place.otherInstanceType,
    imageId: place.imageId,
    diskType: place.diskType,
    otherDiskType: place.otherDiskType,
    missing: {
      volumeId: '00000000-0000-4000-8000-000000000001',
      instanceId: '00000000-0000-4000-8000-000000000002',
      snapshotId: '00000000-0000-4000-8000-000000000003',
      floatingIpId: '00000000-0000-4000-8000-000000000004',
      imageId: '00000000-0000-4000-8000-000000000005',
    },
    clock: systemClock,
    patienceMs: 60_000,
  };
}

async function run(subject: Subject, { only, say }: Suite): Promise<ConformanceReport> {
  const cases = cloudCases.filter(({ id }) => only === undefined || only.includes(id));
  let beganMs = Date.now();
  const report = await runConformance(cases, subject, {
    onResult({ id, title, verdict, detail = '' }) {
      const seconds = ((Date.now() - beganMs) / 1_000).toFixed(1);
      say(`  ${id.padStart(2)} ${verdict} (${seconds} s): ${title} ${detail}`);
      beganMs = Date.now();
    },
  });
  say(`${subject.name}: ${report.summary}`);
  return report;
}

/** What fails, and what was not put to the cloud although it could have been: on the test's own stack that is known. */
function problemsOf(
  { results }: ConformanceReport,
  { own }: Suite,
  unreachable: readonly string[],
): readonly string[] {
  return results.flatMap(({ id, verdict, detail = '' }) => {
    if (verdict === 'failed') return [`conformance case ${id}: ${detail}`];
    const known = { passed: [detail], 'not-applicable': notApplicable, 'out-of-reach': unreachable }[verdict];
    return own === undefined || known.includes(detail)
      ? []
      : [`conformance case ${id} is ${verdict}: ${detail}`];
  });
}
