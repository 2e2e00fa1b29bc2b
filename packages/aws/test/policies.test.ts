import { readFileSync } from 'node:fs';
import * as ec2 from '@aws-sdk/client-ec2';
import { changeVerbs } from '@belay/cloud';
import { describe, expect, it } from 'vitest';
import { dryRunOf } from '../src/dry-run.ts';
import { must, openEc2, zones } from './open-ec2.ts';
import {
  actionOf,
  actionsIn,
  applyPolicy,
  callsInCode,
  isRead,
  observePolicy,
  policyFiles,
  taggedCreates,
} from './policy/derive.ts';

describe('the policies', () => {
  it('are those that the calls in the code ask for; if not, run: npm run policies -w @belay/aws', () => {
    for (const [file, policy] of Object.entries(policyFiles())) {
      expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(policy);
    }
  });

  it('name every call once, and no other; the one for plans changes nothing', () => {
    const calls = callsInCode();
    expect(actionsIn(applyPolicy(calls))).toEqual(new Set(calls.map(actionOf)));
    const observed = calls.filter((call) => actionsIn(observePolicy(calls)).has(actionOf(call)));
    expect(observed.every(isRead)).toBe(true);
    expect(observed.length).toBe(actionsIn(observePolicy(calls)).size);
  });

  it('let exactly those creates write tags that the SDK lets carry some', () => {
    const creates = callsInCode().filter(
      ({ service, name }) => service === 'ec2' && !isRead({ service, name }),
    );
    const tagging = creates.filter(({ name }) => takesTags(name)).map(({ name }) => name);
    expect(tagging.sort()).toEqual([...taggedCreates].sort());
  });

  it('allow all that is asked for beforehand', () => {
    const allowed = actionsIn(applyPolicy(callsInCode()));
    const asked = changeVerbs.flatMap((verb) => dryRunOf({ verb }, 'us-east-1').actions);
    expect(asked.filter((action) => !allowed.has(action))).toEqual([]);
  });
});

describe('an account with the policy for plans', () => {
  it('can look at everything and change nothing', async () => {
    const { cloud, server, world, imageId } = await openEc2({ hostedZones: ['shop.example.'] });
    const volumeId = world.seed.volume({ name: 'data', zone: zones[0], sizeGiB: 1, diskType: 'gp3' });
    const instanceId = world.seed.server({
      name: 'web12',
      zone: zones[0],
      instanceType: 't3.micro',
      imageId,
    });
    server.levers.allowOnly(observePolicy(callsInCode()));
    await must(cloud.instances.get(instanceId));
    await must(cloud.instances.find('nothing'));
    await must(cloud.instances.offer('t3.micro', zones[0]));
    await must(cloud.volumes.get(volumeId));
    await must(cloud.images.get(imageId));
    await must(cloud.dns.get('www.shop.example.', 'A'));
    await must(cloud.snapshots.find('nothing'));
    await must(cloud.floatingIps.find('nothing'));
    await must(cloud.reservations.find('nothing'));
    expect(server.levers.refusedActions()).toEqual([]);
    const refused = await cloud.instances.stop(instanceId, { key: 'stop' });
    expect(refused._unsafeUnwrapErr()).toMatchObject({ kind: 'forbidden', applied: 'no' });
    expect(server.levers.refusedActions()).toEqual(['ec2:StopInstances']);
  });
});

/** Does the SDK's schema of the request have a place for tags? */
function takesTags(name: string): boolean {
  const schema: unknown = Reflect.get(ec2, `${name}Request$`);
  return JSON.stringify(schema).includes('"TagSpecifications"');
}
