// Secrets are planted where the AWS SDK finds them and where a launch carries them, everything is run with the log wide
// open, and what is left of it is searched: log lines, errors, events, plans, journal files.

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awsCloud, type SdkLogger } from '@belay/aws';
import { type Cloud, type CloudResult, type Clouds, cloudRegistry, type Place } from '@belay/cloud';
import { type GraphBuilder, openRunner, sqliteJournal, stepGraph } from '@belay/runner';
import { type Ec2Server, startEc2 } from '@belay/sim/ec2';
import { openFaultProxy } from '@belay/sim/proxy';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { leaksIn, leaksInFolder } from './leak.ts';

const planted = {
  'access key': 'AKIAPLANTED0ACCESS0K',
  'secret key': 'planted/Secret+Key/0123456789abcdefghijk',
  'session token': 'planted//SessionToken+abcdefghijklmnopqrstuvwxyz0123456789==',
  'password of the guest': 'planted-guest-password-4711',
};
const region = 'us-east-1';
const userData = `#cloud-config\npassword: ${planted['password of the guest']}\n`;

/** The SDK finds them as it does on any machine: in the environment. */
function plant(): void {
  vi.stubEnv('AWS_ACCESS_KEY_ID', planted['access key']);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', planted['secret key']);
  vi.stubEnv('AWS_SESSION_TOKEN', planted['session token']);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

function listener(): { readonly lines: unknown[]; readonly logger: SdkLogger } {
  const lines: unknown[] = [];
  const note = (...content: unknown[]): void => void lines.push(...content);
  return { lines, logger: { debug: note, info: note, warn: note, error: note } };
}

async function ec2(): Promise<Ec2Server> {
  const started = await startEc2({
    timeScale: 10,
    accessKeys: { [planted['access key']]: planted['secret key'] },
    hostedZones: ['shop.example.'],
  });
  const server = started._unsafeUnwrap();
  onTestFinished(() => server.close());
  return server;
}

/** Every verb that a key can open or fail at; what comes back is searched, values and errors alike. */
async function useEverything(cloud: Cloud, server: Ec2Server, run: string): Promise<readonly unknown[]> {
  const seen: unknown[] = [];
  const keep = async <T>(result: CloudResult<T>): Promise<T | undefined> => {
    const answer = await result;
    seen.push(answer.isOk() ? answer.value : answer.error);
    return answer.isOk() ? answer.value : undefined;
  };
  const timeoutMs = run === 'well' ? 300_000 : 6_000;
  const call = (part: string) => ({ key: `${run}/${part}`, timeoutMs });
  const zone = `${region}a`;
  const [imageId = ''] = Object.keys(server.sim.world.state().images);
  const spec = { name: 'web12', zone, instanceType: 't3.micro', imageId, userData };
  const disk = { name: 'data', zone, sizeGiB: 1, diskType: 'gp3' };
  const record = { name: 'www.shop.example.', type: 'A', values: ['192.0.2.1'], ttlSeconds: 60 } as const;
  const instance = await keep(cloud.instances.create(spec, call('server')));
  const volume = await keep(cloud.volumes.create(disk, call('data')));
  const pairing = { instanceId: instance?.id ?? 'i-00000000', volumeId: volume?.id ?? 'vol-00000000' };
  await keep(cloud.volumes.attach(pairing, call('attach')));
  await keep(cloud.volumes.detach(pairing, call('detach')));
  await keep(cloud.snapshots.create({ name: 's', volumeId: pairing.volumeId }, call('snapshot')));
  const snapshotId = 'snap-00000000';
  // Its request carries a second, presigned one.
  await keep(cloud.snapshots.copy({ name: 'c', from: { ...cloud.at, id: snapshotId } }, call('copy')));
  await keep(cloud.floatingIps.create({}, call('address')));
  await keep(cloud.dns.change({ from: undefined, to: record }, call('dns')));
  await keep(cloud.permissions.check([{ verb: 'instances.create', instance: spec }], { timeoutMs }));
  await keep(cloud.instances.get('i-0123456789abcdef0', { timeoutMs }));
  for await (const one of cloud.volumes.list({}, { timeoutMs })) seen.push(one);
  return seen;
}

/** Makes a disk, is forbidden what comes next, and takes the disk away again. */
const failing = stepGraph('fails', (g: GraphBuilder<Clouds>, input: { readonly at: Place }) => {
  const disk = { name: 'data', zone: `${region}a`, sizeGiB: 1, diskType: 'gp3' };
  const made = g.step('make', {
    run: (_, ctx) =>
      ctx.services.clouds
        .get(input.at)
        .volumes.create(disk, ctx)
        .map(({ id }) => id),
    revert: (was, ctx) =>
      was.outcome === 'done' ? ctx.services.clouds.get(input.at).volumes.delete(was.output, ctx) : undefined,
    revertBlind: true,
  });
  g.step('fail', {
    needs: { made },
    run: (_, ctx) =>
      ctx.services.clouds
        .get(input.at)
        .snapshots.delete('snap-00000000', ctx)
        .map(() => 'deleted'),
    revert: () => undefined,
    revertBlind: true,
  });
});

describe('credentials of AWS', () => {
  it('are in no log, no result and no error, whether all goes well or nothing does', async () => {
    plant();
    const server = await ec2();
    const proxy = (await openFaultProxy({ upstreams: { aws: server.url } }))._unsafeUnwrap();
    onTestFinished(() => proxy.close());
    const { lines, logger } = listener();
    const { clock } = server.sim;
    const open = (endpoint: string): Cloud =>
      awsCloud({ account: 'shop', region, endpoint, clock, logger, visibilityMs: 1_000 });
    const cloud = open(proxy.urls.aws);

    const seen: unknown[] = [...(await useEverything(cloud, server, 'well'))];
    expect(seen).toContainEqual(expect.objectContaining({ name: 'web12', state: 'running' }));
    expect(lines.length).toBeGreaterThan(20);

    server.levers.refuseKeys(true);
    seen.push(...(await useEverything(cloud, server, 'unknown-keys')));
    server.levers.refuseKeys(false);
    server.levers.expireRequests(true);
    seen.push(...(await useEverything(cloud, server, 'expired')));
    server.levers.expireRequests(false);
    server.sim.world.deny(['ec2:*', 'route53:*']);
    seen.push(...(await useEverything(cloud, server, 'forbidden')));
    server.sim.world.deny([]);
    for (const fault of [{ kind: 'gateway-error' }, { kind: 'drop-reply' }, { kind: 'cut' }] as const) {
      proxy.inject({ times: 200, fault });
      seen.push(...(await useEverything(cloud, server, fault.kind)));
      proxy.clear();
    }
    // Nobody listens there.
    seen.push(...(await useEverything(open('http://127.0.0.1:9'), server, 'nobody')));

    expect(seen.filter((one) => Reflect.has(Object(one), 'applied')).length).toBeGreaterThan(40);
    expect(leaksIn('a log line', lines, planted)).toEqual([]);
    expect(seen.flatMap((one) => leaksIn(JSON.stringify(one).slice(0, 80), one, planted))).toEqual([]);
  }, 180_000);

  it('are not in the error, where AWS answers a wrong signature with all that was signed', async () => {
    plant();
    const echo = createServer((request, response) => {
      const signed = Object.entries(request.headers).map(([name, value]) => `${name}:${value}`);
      const text = `The request signature we calculated does not match the signature you provided.

The Canonical String for this request should have been
'POST
/

${signed.join('\n')}'`;
      response.writeHead(403, { 'content-type': 'text/xml' });
      response.end(
        `<Response><Errors><Error><Code>SignatureDoesNotMatch</Code><Message>${text}</Message></Error></Errors><RequestID>1</RequestID></Response>`,
      );
    });
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      echo.close();
    });
    // A server that listens on a port has an address with one.
    const { port } = echo.address() as AddressInfo;
    const { lines, logger } = listener();
    const cloud = awsCloud({ account: 'shop', region, endpoint: `http://127.0.0.1:${port}`, logger });
    const error = (await cloud.volumes.delete('vol-00000000', { key: 'k' }))._unsafeUnwrapErr();
    expect(error).toMatchObject({ kind: 'unauthenticated', code: 'SignatureDoesNotMatch' });
    expect(error.message).toContain('does not match the signature');
    expect([...leaksIn('the error', error, planted), ...leaksIn('the log', lines, planted)]).toEqual([]);
  });

  it('are in no journal and no event of a run that fails and goes back', async () => {
    plant();
    const server = await ec2();
    const folder = mkdtempSync(join(tmpdir(), 'belay-credentials-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const cloud = awsCloud({
      account: 'shop',
      region,
      endpoint: server.url,
      clock: server.sim.clock,
      visibilityMs: 1_000,
    });
    const services = { clouds: cloudRegistry([cloud]) };
    server.sim.world.deny(['ec2:DeleteSnapshot']);
    const runner = await openRunner({
      graphs: [failing],
      services,
      journal: sqliteJournal(join(folder, 'runs.db')),
    });
    const outcome = await runner.run(failing, { at: cloud.at }, { id: 'run-1' });
    expect(outcome._unsafeUnwrap().state).toBe('reverted');
    const events: unknown[] = [];
    for await (const event of runner.events('run-1')) events.push(event);
    expect(JSON.stringify(events)).toContain('UnauthorizedOperation');
    await runner.close();
    expect(leaksIn('an event', events, planted)).toEqual([]);
    expect(leaksInFolder(folder, planted)).toEqual([]);
  });
});
