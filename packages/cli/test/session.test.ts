// What is opened by a config: clouds by their adapters, secrets by their places; and what is said where that cannot be.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadPeer } from '../src/session/load-peer.ts';
import { secretAt, secretsOf } from '../src/session/secrets.ts';
import { type House, openHouse } from './play/bin.ts';

function configure({ folder }: House, config: object): void {
  writeFileSync(join(folder, 'belay.config.json'), JSON.stringify(config));
}

const aws = { kind: 'aws', account: 'shop', region: 'eu-central-1' };
const workloads: readonly object[] = [];

test('an adapter that is not installed is an error that says what to install', async () => {
  const absent = Object.assign(new Error("Cannot find package '@belay/aws' imported from bin.js"), {
    code: 'ERR_MODULE_NOT_FOUND',
  });
  const where = { peer: '@belay/aws', file: 'belay.config.json', field: 'clouds.fra' };
  const loaded = await loadPeer(() => Promise.reject(absent), where);
  expect(loaded._unsafeUnwrapErr()).toMatchObject({
    kind: 'not-installed',
    message: 'belay.config.json: clouds.fra: needs @belay/aws: npm install @belay/aws',
  });
  const broken = await loadPeer(() => Promise.reject(new Error('out of memory')), where);
  expect(broken._unsafeUnwrapErr().message).toBe(
    'belay.config.json: clouds.fra: @belay/aws could not be loaded: out of memory',
  );
});

test('a secret that is not where the config says is named by its place and never by its value', async ({
  onTestFinished,
}) => {
  const house = await openHouse(onTestFinished, { backup: false });
  const credentials = { accessKeyId: { env: 'SHOP_KEY_ID' }, secretAccessKey: { env: 'SHOP_KEY' } };
  configure(house, { clouds: { fra: { ...aws, credentials } }, workloads });
  const { code, stderr } = await house.belay('plan', 'web12', '--to', 'x');
  expect(code).toBe(1);
  expect(stderr).toBe('belay.config.json: clouds.fra.credentials: the environment has no SHOP_KEY_ID\n');
});

test('simulated clouds do not stand beside real ones: they have a time of their own', async ({
  onTestFinished,
}) => {
  const house = await openHouse(onTestFinished, { backup: false });
  configure(house, { clouds: { toy: { kind: 'sim', file: 'world.json' }, fra: aws }, workloads });
  expect((await house.belay('plan', 'web12', '--to', 'x')).stderr).toContain(
    'belay.config.json: clouds.fra.kind: is real, and others are simulated',
  );
});

test('status asks no cloud: it answers where none can be reached', async ({ onTestFinished }) => {
  const house = await openHouse(onTestFinished, { backup: false });
  const credentials = { accessKeyId: { env: 'SHOP_KEY_ID' }, secretAccessKey: { env: 'SHOP_KEY' } };
  configure(house, { clouds: { fra: { ...aws, credentials } } });
  const { code, stderr } = await house.belay('status');
  expect({ code, stderr }).toEqual({ code: 0, stderr: 'Nothing has run here yet.\n' });
});

test('secrets come from the environment, from files without their last line feed, and by name', async ({
  onTestFinished,
}) => {
  const { folder } = await openHouse(onTestFinished, { backup: false });
  writeFileSync(join(folder, 'word'), 'of a file\n');
  const secrets = { one: { env: 'ONE' }, two: { file: 'word' } };
  const source = {
    loaded: { name: 'belay.config.ts', folder, config: { secrets } },
    env: (name: string) => (name === 'ONE' ? 'of the environment' : undefined),
  };
  const store = secretsOf(source);
  expect((await store.get({ secret: 'one' }))._unsafeUnwrap().reveal()).toBe('of the environment');
  expect((await secretAt({ secret: 'two' }, source))._unsafeUnwrap().reveal()).toBe('of a file');
  expect((await store.get({ secret: 'three' }))._unsafeUnwrapErr().message).toBe(
    'there is no secret named three in belay.config.ts',
  );
});

test('where nobody said how servers are reached, a plan says so, and silence is no outage', async ({
  onTestFinished,
}) => {
  const house = await openHouse(onTestFinished, { backup: false });
  const keys = { accessKeyId: { env: 'SHOP_KEY_ID' }, secretAccessKey: { env: 'SHOP_KEY' } };
  const { provider, ...at } = { provider: 'aws', account: 'shop', region: 'eu-central-1' };
  const nowhere = { ...aws, ...at, credentials: keys, endpoint: 'http://127.0.0.1:9' };
  const placement = { zones: ['a'], instanceType: 't', imageId: 'i', diskType: 'gp3', sizeGiB: 1 };
  const workload = {
    name: 'web12',
    product: 'eagle',
    instance: { provider, ...at, id: 'i-1' },
    volumeId: 'vol-1',
    mountPoint: '/data',
    filesystemUuid: '6f1c2a54-7d0e-4b59-9f3d-51c8a0e7b912',
    floatingIps: [],
    names: [],
    services: [],
    probe: { name: 'shop.example' },
  };
  configure(house, {
    clouds: { fra: nowhere },
    catalogue: { products: { eagle: { at: { provider, ...at }, ...placement } } },
    workloads: [workload],
  });
  const recovered = await house.start(['recover', 'web12'], { SHOP_KEY_ID: 'id', SHOP_KEY: 'key' }).ended;
  expect(recovered).toMatchObject({ code: 1, stdout: '' });
  expect(recovered.stderr).toBe(
    'belay recover: belay.config.json: hosts: names no cloud at aws/shop/eu-central-1: there is no way into its servers, and what is in them is not known, not even whether it serves\n',
  );
});
