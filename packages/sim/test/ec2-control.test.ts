// The levers for other processes and other languages, and the command that they would start.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateVolumeCommand, DescribeVolumesCommand, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ec2Command } from '../src/cli/ec2.ts';
import { actions } from '../src/ec2/actions.ts';
import { deeds } from '../src/ec2/control/deeds.ts';
import { codeOf, type Ec2Scene, launched, openEc2, quick, refused, volumeOf, zone } from './ec2-scene.ts';

async function ask({ url }: { readonly url: string }, route: string, body?: unknown) {
  const [method = 'GET', path = ''] = route.split(' ');
  const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
  const response = await fetch(`${url}${path}`, { method, ...sent });
  const answer: unknown = await response.json();
  return { status: response.status, answer };
}

const create = ({ ec2 }: Ec2Scene) => ec2.send(new CreateVolumeCommand({ AvailabilityZone: zone, Size: 1 }));

describe('the control route', () => {
  test('a rule strikes the calls that it names, and is taken back by its id', async () => {
    const scene = await openEc2();
    const rule = { on: 'volumes.create', times: 9, does: { what: 'fails', kind: 'throttled' } };
    expect(await ask(scene, 'POST /_belay/faults', rule)).toEqual({ status: 201, answer: { ids: ['1'] } });
    expect(await codeOf(create(scene))).toBe('RequestLimitExceeded');
    await ask(scene, 'DELETE /_belay/faults/1');
    expect((await create(scene)).State).toBe('creating');
    expect((await ask(scene, 'DELETE /_belay/faults/1')).status).toBe(404);
  });

  test('several rules at once, and all taken back at once', async () => {
    const scene = await openEc2();
    await ask(scene, 'POST /_belay/faults', [
      { on: 'volumes.create', does: { what: 'loses-reply' } },
      {
        on: 'volumes.create',
        times: 9,
        does: { what: 'fails', kind: 'invalid', code: 'InvalidKmsKeyId.NotFound' },
      },
    ]);
    expect((await refused(create(scene))).status).toBeUndefined();
    expect(await codeOf(create(scene))).toBe('InvalidKmsKeyId.NotFound');
    await ask(scene, 'DELETE /_belay/faults');
    await create(scene);
    expect(Object.keys(scene.sim.world.state().volumes)).toHaveLength(2);
  });

  test('what makes no sense is refused with the place, and does nothing', async () => {
    const scene = await openEc2();
    const wrong = { on: 'volumes.make', does: { what: 'loses-reply' } };
    const { status, answer } = await ask(scene, 'POST /_belay/faults', wrong);
    expect(status).toBe(400);
    expect(JSON.stringify(answer)).toContain('0.on');
    expect((await ask(scene, 'POST /_belay/faults', '{')).answer).toMatchObject({
      message: 'The body is no JSON.',
    });
    expect((await ask(scene, 'POST /_belay/do', { do: 'explode' })).status).toBe(400);
    expect((await ask(scene, 'POST /_belay/do', { do: 'hang', instanceId: 'i-0', twice: true })).status).toBe(
      400,
    );
    expect((await ask(scene, 'POST /_belay/do', { do: 'hang', instanceId: 'i-0' })).answer).toMatchObject({
      message: 'There is no server i-0.',
    });
    expect((await ask(scene, 'GET /_belay/nothing')).status).toBe(404);
    expect((await ask(scene, 'PUT /_belay/clock', { scale: 0 })).status).toBe(400);
  });

  test('stock, quotas, rights, types and credentials are set', async () => {
    const scene = await openEc2();
    const act = async (deed: object) => {
      expect(await ask(scene, 'POST /_belay/do', deed)).toMatchObject({ status: 200 });
    };
    const run = (InstanceType: string) =>
      codeOf(
        scene.ec2.send(
          new RunInstancesCommand({
            MinCount: 1,
            MaxCount: 1,
            ImageId: scene.imageId,
            InstanceType: InstanceType as 't3.micro',
            Placement: { AvailabilityZone: zone },
          }),
        ),
      );
    await act({ do: 'outOfStock', instanceType: 't3.micro', zone });
    expect(await run('t3.micro')).toBe('InsufficientInstanceCapacity');
    await act({ do: 'instanceType', name: 'x9.new', vcpus: 2, memoryMiB: 1024, volumeSlots: 4 });
    await act({ do: 'setQuota', instances: 0 });
    expect(await run('x9.new')).toBe('InstanceLimitExceeded');
    await act({ do: 'deny', actions: ['ec2:Run*'] });
    expect(await run('x9.new')).toBe('UnauthorizedOperation');
    await act({ do: 'expireRequests', on: true });
    expect(await run('x9.new')).toBe('RequestExpired');
  });

  test('a call that happened arrives once more, and a volume has a state that nobody knows', async () => {
    const scene = await openEc2();
    await create(scene);
    await ask(scene, 'POST /_belay/do', { do: 'replay', operation: 'volumes.create' });
    const { answer } = await ask(scene, 'POST /_belay/do', { do: 'replay', operation: 'volumes.delete' });
    expect(answer).toMatchObject({ message: 'No volumes.delete has had an effect yet.' });
    const ids = Object.keys(scene.sim.world.state().volumes);
    // It came under the token of the first one, and found that.
    expect(ids).toHaveLength(1);
    await ask(scene, 'POST /_belay/do', { do: 'showAs', volumeId: ids[0], word: 'pondering' });
    const { Volumes } = await scene.ec2.send(new DescribeVolumesCommand({ VolumeIds: ids }));
    expect(Volumes?.[0]?.State).toBe('pondering');
  });

  test('a disk is held until that is taken back', async () => {
    const scene = await openEc2();
    const [instance, volume] = [await launched(scene), await volumeOf(scene)];
    const { sim } = scene;
    const attached = await sim.cloud.volumes.attach({ volumeId: volume, instanceId: instance }, { key: 'a' });
    expect(attached.isOk()).toBe(true);
    const { answer } = await ask(scene, 'POST /_belay/do', { do: 'holdDisk', volumeId: volume });
    expect(answer).toEqual({ id: '1' });
    expect(sim.world.state().guests[instance]?.heldDisks).toEqual({ [volume]: true });
    await ask(scene, 'DELETE /_belay/do/1');
    expect(sim.world.state().guests[instance]?.heldDisks).toEqual({});
  });

  test('time can be made faster while something is under way', async () => {
    const scene = await openEc2({
      timeScale: 1,
      world: { latencies: quick({ 'volumes.create': [60_000, 60_000, 60_000] }) },
    });
    const { VolumeId = '' } = await create(scene);
    expect((await ask(scene, 'GET /_belay/clock')).answer).toMatchObject({ scale: 1 });
    await ask(scene, 'PUT /_belay/clock', { scale: 600 });
    await scene.until(
      async () => scene.sim.world.state().volumes[VolumeId]?.state,
      (state) => state === 'available',
    );
  });

  test('the world is seen, what happened is told, and a reset makes another one', async () => {
    const scene = await openEc2();
    const { VolumeId = '' } = await create(scene);
    const { answer: state } = await ask(scene, 'GET /_belay/state');
    expect(state).toMatchObject({ volumes: { [VolumeId]: { sizeGiB: 1, zone } } });
    const { answer: events } = await ask(scene, 'GET /_belay/events');
    expect(events).toEqual(expect.arrayContaining([expect.objectContaining({ what: 'api volumes.create' })]));
    await ask(scene, 'POST /_belay/faults', {
      on: 'volumes.list',
      does: { what: 'fails', kind: 'throttled' },
    });
    await ask(scene, 'POST /_belay/reset');
    expect((await scene.ec2.send(new DescribeVolumesCommand({}))).Volumes).toEqual([]);
    expect(Object.keys(scene.sim.world.state().images)).toEqual([scene.imageId]);
  });
});

describe('the README', () => {
  const page = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');

  test('names every action that is served and everything that there is to do', () => {
    const unnamed = [...actions.keys(), ...Object.keys(deeds)].filter(
      (name) => !page.includes(`\`${name}\``),
    );
    expect(unnamed).toEqual([]);
  });
});

describe('a world in a file', () => {
  test('goes on with the next server, and is not thrown away by a reset', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'belay-ec2-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'world.json');
    const first = await openEc2({ world: { file } });
    const volume = await volumeOf(first, { Iops: 4000 });
    expect((await ask(first, 'POST /_belay/reset')).status).toBe(409);
    await first.close();
    const second = await openEc2({ world: { file } });
    const { Volumes } = await second.ec2.send(new DescribeVolumesCommand({ VolumeIds: [volume] }));
    expect(Volumes?.[0]).toMatchObject({ State: 'available', Iops: 4000 });
    expect(second.imageId).toBe(first.imageId);
  });
});

describe('belay-sim ec2', () => {
  /** Runs the command until it has said so many lines, and then ends it. */
  async function command(
    args: readonly string[],
    during: (lines: readonly string[]) => Promise<void> = async () => {},
  ) {
    const stop = new AbortController();
    const [lines, complaints]: [string[], string[]] = [[], []];
    const { promise: ready, resolve } = Promise.withResolvers<void>();
    const code = ec2Command(args, {
      out(line) {
        lines.push(line);
        if (line.startsWith('image ')) resolve();
      },
      complain: (line) => complaints.push(line),
      signal: stop.signal,
    });
    await Promise.race([ready, code]);
    await during(lines);
    stop.abort();
    return { code: await code, lines, complaints };
  }

  test('says where it is and which image there is, serves, and ends when it is told to', async () => {
    let url = '';
    const { code, lines } = await command(
      ['--time-scale', '60', '--region', 'eu-west-1', '--zone', 'shop.example'],
      async (said) => {
        url = said[0]?.replace('ec2 ', '') ?? '';
        expect((await ask({ url }, 'GET /_belay/clock')).answer).toMatchObject({ scale: 60 });
      },
    );
    expect(code).toBe(0);
    expect(lines[1]).toBe(
      `export AWS_ENDPOINT_URL=${url} AWS_REGION=eu-west-1 AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any`,
    );
    expect(lines[2]).toMatch(/^image ami-[0-9a-f]{17} debian-12-amd64$/);
    await expect(fetch(url)).rejects.toThrow();
  });

  test('where a key is named, it is left to its owner to export it: no secret is printed', async () => {
    const { lines } = await command(['--access-key', 'AKIAMINE:wJalrXUtnFEMI']);
    expect(lines[1]).toMatch(/^export AWS_ENDPOINT_URL=\S+ AWS_REGION=us-east-1$/);
    expect(lines.join('\n')).not.toContain('wJalrXUtnFEMI');
  });

  test('asked for help, it says what can be said', async () => {
    const { code, lines, complaints } = await command(['--help']);
    expect([code, complaints, lines[0]?.includes('--time-scale 60')]).toEqual([0, [], true]);
  });

  test('a port that is taken and arguments without sense are told apart', async () => {
    const { port } = await openEc2();
    const taken = await command(['--port', String(port)]);
    expect([taken.code, taken.complaints]).toEqual([1, [`Port ${port} is taken.`]]);
    for (const args of [
      ['--port', 'http'],
      ['--time-scale', '0'],
      ['--access-key', 'nosecret'],
      ['--colour'],
    ]) {
      const { code, complaints } = await command(args);
      expect([code, complaints[0]?.includes('--time-scale 60')]).toEqual([2, true]);
    }
  });
});
