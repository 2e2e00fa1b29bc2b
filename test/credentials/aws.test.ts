// Secrets are planted where the AWS SDK finds them and where a launch carries them, everything is run with the log wide
// open, and what is left of it is searched: log lines, errors, events, plans, journal files.

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awsCloud, type SdkLogger } from '@belay/aws';
import { type Cloud, cloudRegistry } from '@belay/cloud';
import { openRunner, sqliteJournal } from '@belay/runner';
import { type Ec2Server, startEc2 } from '@belay/sim/ec2';
import { openFaultProxy } from '@belay/sim/proxy';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Surroundings, useEverything } from './everything.ts';
import { failing } from './failing-graph.ts';
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

function around(server: Ec2Server, run: string): Surroundings {
  const [imageId = ''] = Object.keys(server.sim.world.state().images);
  const zone = `${region}a`;
  const timeoutMs = run === 'well' ? 300_000 : 6_000;
  const types = { instanceType: 't3.micro', diskType: 'gp3' };
  return { run, zone, imageId, ...types, userData, recordName: 'www.shop.example.', timeoutMs };
}

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

    const seen: unknown[] = [...(await useEverything(cloud, around(server, 'well')))];
    expect(seen).toContainEqual(expect.objectContaining({ name: 'web12', state: 'running' }));
    expect(lines.length).toBeGreaterThan(20);

    server.levers.refuseKeys(true);
    seen.push(...(await useEverything(cloud, around(server, 'unknown-keys'))));
    server.levers.refuseKeys(false);
    server.levers.expireRequests(true);
    seen.push(...(await useEverything(cloud, around(server, 'expired'))));
    server.levers.expireRequests(false);
    server.sim.world.deny(['ec2:*', 'route53:*']);
    seen.push(...(await useEverything(cloud, around(server, 'forbidden'))));
    server.sim.world.deny([]);
    for (const fault of [{ kind: 'gateway-error' }, { kind: 'drop-reply' }, { kind: 'cut' }] as const) {
      proxy.inject({ times: 200, fault });
      seen.push(...(await useEverything(cloud, around(server, fault.kind))));
      proxy.clear();
    }
    // Nobody listens there.
    seen.push(...(await useEverything(open('http://127.0.0.1:9'), around(server, 'nobody'))));

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

  it('are in no journal, no event and no log of a run that fails and goes back', async () => {
    plant();
    const server = await ec2();
    const folder = mkdtempSync(join(tmpdir(), 'belay-credentials-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { lines, logger } = listener();
    const { clock } = server.sim;
    const options = { account: 'shop', region, endpoint: server.url, visibilityMs: 1_000 };
    const cloud = awsCloud({ ...options, clock, logger });
    const services = { clouds: cloudRegistry([cloud]) };
    server.sim.world.deny(['ec2:DeleteSnapshot']);
    const runner = await openRunner({
      graphs: [failing],
      services,
      journal: sqliteJournal(join(folder, 'runs.db')),
    });
    const outcome = await runner.run(
      failing,
      { at: cloud.at, zone: `${region}a`, diskType: 'gp3' },
      { id: 'run-1' },
    );
    expect(outcome._unsafeUnwrap().state).toBe('reverted');
    const events: unknown[] = [];
    for await (const event of runner.events('run-1')) events.push(event);
    expect(JSON.stringify(events)).toContain('UnauthorizedOperation');
    await runner.close();
    expect(lines.length).toBeGreaterThan(5);
    expect(leaksIn('a log line', lines, planted)).toEqual([]);
    expect(leaksIn('an event', events, planted)).toEqual([]);
    expect(leaksInFolder(folder, planted)).toEqual([]);
  });
});
