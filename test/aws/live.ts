// npm run test:aws:live: the conformance cases and one volume swap on real EC2, in an account of your own, with a
// transcript. It costs money, so it asks for consent in words, stops before its cap, tags all that it makes, and takes
// everything away again, also when it fails; what it could not take away it lists.
//
//     AWS_PROFILE=sandbox AWS_REGION=eu-central-1 BELAY_IMAGE=ami-… \
//     BELAY_LIVE_CONSENT="I pay for this" BELAY_LIVE_COST_CAP_USD=2 npm run test:aws:live
//
// Credentials are found as the AWS SDK finds them; `packages/aws/policies/apply.json` is what they need. Optional:
// BELAY_ZONES=eu-central-1a,eu-central-1b · BELAY_TYPE=t3.micro · BELAY_NEW_TYPE=t3.small · BELAY_DNS_ZONE=test.example.
// · BELAY_TRANSCRIPT=transcript.txt

import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awsCloud } from '@belay/aws';
import { type Cloud, cloudRegistry, systemClock } from '@belay/cloud';
import { type ConformanceCase, cloudCases, runConformance, type Subject } from '@belay/cloud/conformance';
import { planner } from '@belay/planner';
import { openRunner, sqliteJournal } from '@belay/runner';
import { paperHosts } from '../../examples/volume-swap/paper-hosts.ts';
import { services, setUp } from '../../examples/volume-swap/workload.ts';
import { missing } from '../../packages/aws/test/missing.ts';
import { allowance } from './live-cost.ts';
import { sweep } from './live-sweep.ts';

const env = process.env;
const region = wanted('AWS_REGION');
const imageId = wanted('BELAY_IMAGE');
const capUsd = Number(wanted('BELAY_LIVE_COST_CAP_USD'));
if (!(capUsd > 0)) throw new Error('BELAY_LIVE_COST_CAP_USD is a number of dollars above 0.');
if (env['BELAY_LIVE_CONSENT'] !== 'I pay for this') {
  throw new Error('This makes servers in your account. Set BELAY_LIVE_CONSENT="I pay for this" to go on.');
}
if (env['AWS_ENDPOINT_URL'] !== undefined && env['BELAY_LIVE_REHEARSAL'] === undefined) {
  throw new Error(
    'AWS_ENDPOINT_URL leads somewhere else than to AWS. For a rehearsal set BELAY_LIVE_REHEARSAL.',
  );
}

const [zone = `${region}a`, ...otherZones] = (env['BELAY_ZONES'] ?? `${region}a,${region}b`).split(',');
const runName = `live-${Math.floor(Date.now() / 1_000).toString(36)}`;
const transcript = env['BELAY_TRANSCRIPT'] ?? `aws-live-${runName}.txt`;
const folder = mkdtempSync(join(tmpdir(), 'belay-live-'));
const instanceTypes = [env['BELAY_TYPE'] ?? 't3.micro', env['BELAY_NEW_TYPE'] ?? 't3.small'] as const;
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());

const cloud = awsCloud({ account: 'live', region });
const spent = allowance(capUsd, systemClock);
let problems = 0;
say(
  `${runName} in ${region}: at most $${capUsd}; everything is tagged belay:live=${runName} or carries its key`,
);
try {
  await conformance(tagged(cloud));
  if (mayGoOn()) await swap(tagged(cloud));
} catch (thrown) {
  problems += 1;
  say(`FAILED ${thrown instanceof Error ? thrown.message : String(thrown)}`);
} finally {
  const left = await sweep(cloud, runName, say);
  problems += left.length;
  for (const line of left) say(`LEFT BEHIND ${line}`);
  say(
    left.length === 0 ? 'nothing is left behind' : 'take away by hand what is listed above: it costs money',
  );
  say(`about $${spent.usd().toFixed(2)} by our own count; the bill decides`);
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = problems === 0 ? 0 : 1;
}

function say(line: string): void {
  console.log(line);
  appendFileSync(transcript, `${new Date().toISOString()} ${line}\n`);
}

function wanted(name: string): string {
  const value = env[name];
  if (value === undefined || value === '') throw new Error(`Set ${name}: see the head of test/aws/live.ts.`);
  return value;
}

function mayGoOn(): boolean {
  if (stop.signal.aborted) say('stopped by you');
  if (spent.isUsedUp()) say(`the cap of $${capUsd} is reached`);
  return !stop.signal.aborted && !spent.isUsedUp();
}

async function conformance(watched: Cloud): Promise<void> {
  const put: ConformanceCase[] = [];
  for (const one of cloudCases) {
    if (!mayGoOn()) break;
    put.push(one);
    const { results } = await runConformance([one], subjectOf(watched));
    for (const { id, verdict, title, detail = '' } of results) {
      say(`${id.padStart(2)} ${verdict}: ${title} ${detail}`);
      if (verdict === 'failed') problems += 1;
    }
  }
  say(`${put.length} of ${cloudCases.length} cases were put`);
}

/** Real EC2 has no levers but those that any account has. */
function subjectOf(watched: Cloud): Subject {
  const dnsZone = env['BELAY_DNS_ZONE'];
  return {
    name: 'aws-live',
    cloud: watched,
    traits: new Set([
      ...(otherZones.length > 0 ? (['zone-bound-volumes'] as const) : []),
      'detach-while-running',
      'one-per-key',
      'floating-ips',
      'snapshots',
      'cooldown',
    ]),
    levers: { anotherProcess: () => tagged(awsCloud({ account: 'live', region })) },
    runName,
    zones: [zone, ...otherZones],
    instanceType: instanceTypes[0],
    otherInstanceType: instanceTypes[1],
    imageId,
    diskType: 'gp3',
    ...(dnsZone === undefined ? {} : { dnsZone }),
    missing,
    clock: systemClock,
    patienceMs: 600_000,
  };
}

async function swap(watched: Cloud): Promise<void> {
  const hosts = paperHosts(join(folder, 'hosts.json'), watched, services);
  const runner = await openRunner({
    graphs: planner.graphs,
    services: { clouds: cloudRegistry([watched]), hosts },
    journal: sqliteJournal(join(folder, 'runs.db')),
  });
  const [instanceType, newInstanceType] = instanceTypes;
  const made = await setUp(watched, hosts, {
    name: runName,
    zone,
    imageId,
    instanceType,
    newInstanceType,
    diskType: 'gp3',
  });
  if (made.isErr()) throw new Error(`the workload could not be made: ${made.error.message}`);
  const outcome = await runner.run(planner.volumeSwap, made.value.input, { id: runName });
  for await (const { event } of runner.events(runName)) {
    if (event.kind === 'done') say(`  ${event.step}`);
  }
  const state = outcome.isOk() ? outcome.value.state : outcome.error.message;
  say(`the swap: ${state}`);
  if (state !== 'success') problems += 1;
  await runner.close();
}

/** Puts the run's tag on everything, and counts what it will cost at the most, before it is made. */
function tagged(plain: Cloud): Cloud {
  const mine = { 'belay:live': runName };
  return {
    ...plain,
    instances: {
      ...plain.instances,
      create(spec, call) {
        spent.take('instance');
        return plain.instances.create({ ...spec, tags: { ...spec.tags, ...mine } }, call);
      },
    },
    volumes: {
      ...plain.volumes,
      create(spec, call) {
        spent.take('volume');
        return plain.volumes.create({ ...spec, tags: { ...spec.tags, ...mine } }, call);
      },
      copy(spec, call) {
        spent.take('volume');
        return plain.volumes.copy({ ...spec, tags: { ...spec.tags, ...mine } }, call);
      },
    },
    snapshots: {
      ...plain.snapshots,
      create(spec, call) {
        spent.take('snapshot');
        return plain.snapshots.create({ ...spec, tags: { ...spec.tags, ...mine } }, call);
      },
      copy(spec, call) {
        spent.take('snapshot');
        return plain.snapshots.copy({ ...spec, tags: { ...spec.tags, ...mine } }, call);
      },
    },
    floatingIps: {
      ...plain.floatingIps,
      create(spec, call) {
        spent.take('address');
        return plain.floatingIps.create({ ...spec, tags: { ...spec.tags, ...mine } }, call);
      },
    },
    reservations: {
      ...plain.reservations,
      create(spec, call) {
        spent.take('instance');
        return plain.reservations.create({ ...spec, tags: { ...spec.tags, ...mine } }, call);
      },
    },
  };
}
