// What Nova and Cinder show for a while, and what stands in the way of an attach or a detach.

import { describe, expect, it } from 'vitest';
import type { Fetch } from '../src/http.ts';
import { imageId, type Json } from './fake-openstack.ts';
import { type Opened, openFake } from './open-fake.ts';

const server = { name: 'web', zone: 'nova', instanceType: 'm1.tiny', imageId };
const volume = { name: 'data', zone: 'nova', sizeGiB: 1, diskType: 'lab' };
const call = (key: string, timeoutMs = 120_000) => ({ key, timeoutMs });

/** Two servers, and a volume that is on the first. */
async function attached(more: Parameters<typeof openFake>[0] = {}) {
  const opened = await openFake(more);
  const { cloud, clock, stack } = opened;
  const ids: string[] = [];
  for (const key of ['a', 'b']) {
    ids.push((await clock.run(cloud.instances.create(server, call(key))))._unsafeUnwrap().id);
  }
  const [a = '', b = ''] = ids;
  const { id: volumeId } = (await clock.run(cloud.volumes.create(volume, call('v'))))._unsafeUnwrap();
  const on = await clock.run(cloud.volumes.attach({ volumeId, instanceId: a }, call('on')));
  expect(on.isOk()).toBe(true);
  return { ...opened, a, b, volumeId, record: stack.volumes.get(volumeId) ?? {} };
}

describe('a server that finds no host', () => {
  /** Nova's lists show the request to build a server for a while after the server itself is deleted. */
  const lingering = (lingersMs: number) => {
    let opened: Opened | undefined;
    let ghost: { readonly server: Json; readonly untilMs: number } | undefined;
    let fails = true;
    const way =
      (network: Fetch): Fetch =>
      async (url, init) => {
        const { pathname } = new URL(url);
        const nowMs = opened?.clock.now() ?? 0;
        const failed = opened?.stack.servers.get(pathname.split('/').at(-1) ?? '');
        if (init.method === 'DELETE' && failed !== undefined) {
          const waiting = { status: 'BUILD', 'OS-EXT-STS:task_state': 'scheduling', fault: undefined };
          ghost = { server: { ...failed, ...waiting }, untilMs: nowMs + lingersMs };
        }
        const answer = await network(url, init);
        if (init.method === 'POST' && pathname.endsWith('/servers') && fails) {
          fails = false;
          const why = { status: 'ERROR', 'OS-EXT-STS:task_state': null };
          const fault = { message: 'No valid host was found. ' };
          for (const server of opened?.stack.servers.values() ?? []) Object.assign(server, why, { fault });
        }
        const shows = pathname.endsWith('/servers/detail') && nowMs < (ghost?.untilMs ?? 0);
        if (!shows) return answer;
        const body = JSON.parse(await answer.text()) as { readonly servers: readonly Json[] };
        const servers = [ghost?.server, ...body.servers.filter(({ id }) => id !== ghost?.server['id'])];
        return { ...answer, text: async () => JSON.stringify({ servers }) };
      };
    return {
      async open(): Promise<Opened> {
        opened = await openFake({ way });
        return opened;
      },
    };
  };

  it('is out of every list when its create ends, and is not taken for the one that is made next', async () => {
    const { cloud, clock, stack } = await lingering(4_000).open();
    const first = await clock.run(cloud.instances.create(server, call('k')));
    expect(first._unsafeUnwrapErr()).toMatchObject({ kind: 'out-of-stock', applied: 'no' });
    const listed = await clock.run(cloud.instances.list()[Symbol.asyncIterator]().next());
    expect(listed.value).toBeUndefined();
    const beganMs = clock.now();
    const second = await clock.run(cloud.instances.create(server, call('k')));
    expect(second._unsafeUnwrap().state).toBe('running');
    expect(clock.now() - beganMs).toBeLessThan(15_000);
    expect(stack.servers.size).toBe(1);
  });
});

describe('an attach', () => {
  it('to a server that sleeps is busy at once, and says what it does', async () => {
    const { cloud, clock, stack, b, record } = await attached();
    Object.assign(record, { status: 'available', attachments: [] });
    Object.assign(stack.servers.get(b) ?? {}, { status: 'SUSPENDED' });
    const beganMs = clock.now();
    const attach = cloud.volumes.attach({ volumeId: String(record['id']), instanceId: b }, call('x'));
    const error = (await clock.run(attach))._unsafeUnwrapErr();
    expect(error).toMatchObject({ kind: 'busy', lastState: 'SUSPENDED', applied: 'no' });
    expect(clock.now() - beganMs).toBeLessThan(5_000);
  });

  it('that Nova refuses again and again ends with what Nova said last', async () => {
    const says = 'Cannot attach_volume while the host is being moved';
    const way =
      (network: Fetch): Fetch =>
      async (url, init) => {
        if (init.method !== 'POST' || !url.includes('/os-volume_attachments')) return network(url, init);
        if (!isRefusing) return network(url, init);
        const body = JSON.stringify({ conflictingRequest: { code: 409, message: says } });
        return { status: 409, headers: { get: () => 'application/json' }, text: async () => body };
      };
    let isRefusing = false;
    const { cloud, clock, b, record } = await attached({ way });
    Object.assign(record, { status: 'available', attachments: [] });
    isRefusing = true;
    const attach = cloud.volumes.attach({ volumeId: String(record['id']), instanceId: b }, call('x'));
    const error = (await clock.run(attach))._unsafeUnwrapErr();
    expect(error).toMatchObject({ kind: 'busy', applied: 'no' });
    expect(error.message).toContain(says);
  });
});

describe('a detach of a volume that several servers have', () => {
  it('is not taken for done, nor for refused, because it is coming off another one', async () => {
    const { cloud, clock, stack, a, b, volumeId, record } = await attached();
    const onBoth = [{ server_id: a }, { server_id: b }];
    Object.assign(record, { multiattach: true, attachments: onBoth, status: 'detaching' });
    const onB = { id: volumeId, delete_on_termination: false, device: '/dev/vdb' };
    const { 'os-extended-volumes:volumes_attached': disks } = stack.servers.get(b) ?? {};
    (disks as Json[]).push(onB);
    clock.after(3_000, () => Object.assign(record, { attachments: [{ server_id: b }], status: 'in-use' }));
    stack.calls.length = 0;
    const detached = await clock.run(cloud.volumes.detach({ volumeId, instanceId: b }, call('off')));
    expect(detached._unsafeUnwrap()).toMatchObject({ state: 'available', attachments: [] });
    const asked = stack.calls.filter(({ method }) => method === 'DELETE').map(({ path }) => path);
    expect(asked).toEqual([`/servers/${b}/os-volume_attachments/${volumeId}`]);
  });
});

describe('a server that sleeps', () => {
  it('is busy at once, and is not waited for until the time is up', async () => {
    const { stack, cloud, clock } = await openFake();
    const { id } = (await clock.run(cloud.instances.create(server, call('k'))))._unsafeUnwrap();
    Object.assign(stack.servers.get(id) ?? {}, { status: 'SUSPENDED' });
    const beganMs = clock.now();
    const error = (await clock.run(cloud.instances.stop(id, call('s'))))._unsafeUnwrapErr();
    expect(error).toMatchObject({ kind: 'busy', lastState: 'SUSPENDED', applied: 'no' });
    expect(clock.now() - beganMs).toBeLessThan(5_000);
  });
});

describe('a volume that stays in a state that only an operator can end', () => {
  it('is named with its state and with what the operator would do', async () => {
    const { stack, cloud, clock } = await openFake();
    const instanceId = (await clock.run(cloud.instances.create(server, call('s'))))._unsafeUnwrap().id;
    const volumeId = (await clock.run(cloud.volumes.create(volume, call('v'))))._unsafeUnwrap().id;
    Object.assign(stack.volumes.get(volumeId) ?? {}, { status: 'reserved' });
    const attach = cloud.volumes.attach({ volumeId, instanceId }, call('a', 5_000));
    const error = (await clock.run(attach))._unsafeUnwrapErr();
    expect(error.kind).toBe('timeout');
    expect(error.message).toContain('reserved');
    expect(error.message).toContain(`openstack volume set --state <state> ${volumeId}`);
  });
});
