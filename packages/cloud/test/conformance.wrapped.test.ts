// Wrong behaviours that need no look inside: each is a wrapper around an honest cloud, as an adapter would be with one
// line forgotten. The cases that are named must find it out.

import { err, ok, okAsync, type Result, ResultAsync } from 'neverthrow';
import { expect, it } from 'vitest';
import { cloudCases, runConformance } from '../src/conformance.ts';
import type { Call, Cloud, CloudError, Instance, Snapshot, Tags } from '../src/index.ts';
import { tinySubject } from './tiny/subject.ts';

interface Wrapped {
  readonly by: readonly string[];
  wrap(cloud: Cloud): Cloud;
}

type Part = 'volumes' | 'instances' | 'snapshots' | 'floatingIps' | 'images' | 'dns';

/** Some verbs of one part of the port, done otherwise. */
function other<P extends Part>(
  part: P,
  by: readonly string[],
  verbs: (own: Cloud[P], cloud: Cloud) => Partial<Cloud[P]>,
): Wrapped {
  return { by, wrap: (cloud) => ({ ...cloud, [part]: { ...cloud[part], ...verbs(cloud[part], cloud) } }) };
}

const sure = (error: CloudError): CloudError => ({ ...error, applied: 'no' });
const deaf = (call: Call): Call => ({ ...call, signal: undefined });
const ownerless = (call: Call): Call => ({ ...call, stillOurs: undefined });
const hasty = ({ stillOurs = () => true, ...call }: Call): Call => ({
  ...call,
  stillOurs: () => Promise.race([stillOurs(), Promise.resolve().then(() => true)]),
});
const under = (call: Call, part: string): Call => ({ ...call, key: `${call.key}.${part}` });

/** Remembers what it made under a key, and never asks whether it is still there. */
function remembering<S, T>(create: (spec: S, call: Call) => ResultAsync<T, CloudError>) {
  const made = new Map<string, T>();
  return (spec: S, call: Call): ResultAsync<T, CloudError> => {
    const name = `${call.key} ${JSON.stringify(spec)}`;
    const known = made.get(name);
    return known === undefined ? create(spec, call).andTee((value) => made.set(name, value)) : okAsync(known);
  };
}

async function* only<T>(
  list: AsyncIterable<Result<T, CloudError>>,
  holds: (one: T) => boolean,
): AsyncIterable<Result<T, CloudError>> {
  for await (const one of list) if (one.isErr() || holds(one.value)) yield one;
}

const hasOne = (tags: Tags, wanted: Tags = {}): boolean =>
  Object.entries(wanted).some(([name, value]) => tags[name] === value);

const wrapped: Readonly<Record<string, Wrapped>> = {
  'takes an error for proof that nothing is there': other('volumes', ['63'], (own) => ({
    find: (key, options) =>
      own.find(key, options).orElse((error) => (error.kind === 'transient' ? ok(undefined) : err(error))),
  })),
  'ends its list at an error': other('volumes', ['63'], (own) => ({
    async *list(filter, options) {
      for await (const one of own.list(filter, options)) {
        if (one.isErr()) return;
        yield one;
      }
    },
  })),
  'takes an error for proof that no instance is there': other('instances', ['63'], (own) => ({
    find: (key, options) => own.find(key, options).orElse(nothingIfPassing),
  })),
  'takes an error for proof that no snapshot is there': other('snapshots', ['63'], (own) => ({
    find: (key, options) => own.find(key, options).orElse(nothingIfPassing),
  })),
  'takes an error for proof that no address is there': other('floatingIps', ['63'], (own) => ({
    find: (key, options) => own.find(key, options).orElse(nothingIfPassing),
  })),
  'makes volumes of a type of its own': other('volumes', ['1'], (own) => ({
    create: (spec, call) => own.create({ ...spec, diskType: 'hdd' }, call),
  })),
  'grows volumes and never changes their type': other('volumes', ['53'], (own) => ({
    modify: (id, { sizeGiB }, call) => own.modify(id, { sizeGiB }, call),
  })),
  'only says that a volume is of another type': other('volumes', ['53'], (own) => ({
    modify: (id, { sizeGiB, diskType }, call) =>
      own
        .modify(id, { sizeGiB }, call)
        .map((seen) => ({ ...seen, ...(diskType === undefined ? {} : { diskType }) })),
  })),
  'boots every instance from a disk of one size': other('instances', ['46'], (own) => ({
    create: (spec, call) => own.create({ ...spec, rootSizeGiB: undefined }, call),
  })),
  'shows no public address': other('instances', ['54'], (own) => ({
    get: (id, options) => own.get(id, options).map((seen) => ({ ...seen, publicAddresses: [] })),
  })),
  'shows every public address at every instance': other('instances', ['56'], (own, { floatingIps }) => ({
    get: (id, options) => own.get(id, options).andThen((seen) => new ResultAsync(atEach(seen, floatingIps))),
  })),
  'shares with nobody': other('snapshots', ['51'], () => ({ share: () => okAsync(undefined) })),
  'shares and never takes it back': other('snapshots', ['51'], (own) => ({
    share: (id, accounts, call) =>
      accounts.length === 0 ? okAsync(undefined) : own.share(id, accounts, call),
  })),
  'shares with everybody': other('snapshots', ['51'], (own) => ({
    share: (id, accounts, call) => own.share(id, [...accounts, 'all'], call),
  })),
  'gives a copy the age of the copying': other('snapshots', ['51'], (own) => ({
    copy: (spec, call) => own.copy(spec, call).map(youngerByAMinute),
  })),
  'forgets the age of a copy': other('snapshots', ['51'], (own) => ({
    copy: (spec, call) => own.copy(spec, call).map((copy) => ({ ...copy, takenAt: '' })),
  })),
  'calls every image available': other('images', ['64'], () => ({
    get: (id) => okAsync({ id, name: 'any', state: 'available' as const, tags: {} }),
  })),
  'asks nobody whether a detach is still its own': other('volumes', ['68'], (own) => ({
    detach: (pairing, call) => own.detach(pairing, ownerless(call)),
  })),
  'asks nobody whether a stop is still its own': other('instances', ['68'], (own) => ({
    stop: (id, call) => own.stop(id, ownerless(call)),
  })),
  'asks nobody whether a snapshot is still its own': other('snapshots', ['68'], (own) => ({
    create: (spec, call) => own.create(spec, ownerless(call)),
  })),
  'takes no answer for a yes': other('volumes', ['68'], (own) => ({
    delete: (id, call) => own.delete(id, hasty(call)),
  })),
  'lists volumes with any of the tags': other('volumes', ['67'], (own) => ({
    list: (filter) => only(own.list(), ({ tags }) => hasOne(tags, filter?.tags)),
  })),
  'lists instances with any of the tags': other('instances', ['46'], (own) => ({
    list: (filter) => only(own.list(), ({ tags }) => hasOne(tags, filter?.tags)),
  })),
  'lists the snapshots of all': other('snapshots', ['52'], (own) => ({ list: () => own.list() })),
  'lists the addresses of all': other('floatingIps', ['56'], (own) => ({ list: () => own.list() })),
  'lists no stopped instance': other('instances', ['46'], (own) => ({
    list: (filter) => only(own.list(filter), ({ state }) => state !== 'stopped'),
  })),
  'lists volumes without their attachments': other('volumes', ['16'], (own) => ({
    async *list(filter, options) {
      for await (const one of own.list(filter, options)) yield one.map((it) => ({ ...it, attachments: [] }));
    },
  })),
  'reads although it was cancelled': other('volumes', ['61'], (own) => ({ get: (id) => own.get(id) })),
  'looks although it was cancelled': other('volumes', ['61'], (own) => ({ find: (key) => own.find(key) })),
  'lists although it was cancelled': other('volumes', ['61'], (own) => ({ list: (all) => own.list(all) })),
  'attaches although it was cancelled': other('volumes', ['23', '61'], (own) => ({
    attach: (pairing, call) => own.attach(pairing, deaf(call)),
  })),
  'detaches although it was cancelled': other('volumes', ['61'], (own) => ({
    detach: (pairing, call) => own.detach(pairing, deaf(call)),
  })),
  'deletes although it was cancelled': other('volumes', ['61'], (own) => ({
    delete: (id, call) => own.delete(id, deaf(call)),
  })),
  'denies a detach whose answer was lost': other('volumes', ['25'], (own) => ({
    detach: (pairing, call) => own.detach(pairing, call).mapErr(sure),
  })),
  'denies a move whose answer was lost': other('floatingIps', ['25'], (own) => ({
    move: (id, way, call) => own.move(id, way, call).mapErr(sure),
  })),
  'names the wrong volume when it attaches': other('volumes', ['16'], (own) => ({
    attach: (pairing, call) => own.attach(pairing, call).map((one) => ({ ...one, volumeId: 'vol-9' })),
  })),
  'answers before a volume is deleted': other('volumes', ['67'], (own) => ({
    delete(id, call) {
      const late = own.get(id).andThen(() => own.get(id));
      void late.andThen(() => own.delete(id, call)).unwrapOr(undefined);
      return okAsync(undefined);
    },
  })),
  'gives a copy a name of its own': other('volumes', ['14'], (own) => ({
    copy: (spec, call) => own.copy({ ...spec, name: 'copy' }, call),
  })),
  'gives an instance that is gone for its key': other('instances', ['15'], (own) => ({
    create: remembering(own.create),
  })),
  'gives a snapshot that is gone for its key': other('snapshots', ['15'], (own) => ({
    create: remembering(own.create),
  })),
  'gives an address that is gone for its key': other('floatingIps', ['15'], (own) => ({
    create: remembering(own.create),
  })),
  'offers whatever it is asked for': other('instances', ['47'], () => ({
    offer: (instanceType, zone) =>
      okAsync({ instanceType, zone, lifecycle: 'unknown' as const, creatable: 'yes' as const }),
  })),
  'says that a starting instance runs': other('instances', ['46'], (own) => ({
    start: (id, call) =>
      own.get(id).map((seen) => {
        void own.start(id, call).unwrapOr(undefined);
        return { ...seen, state: 'running' as const };
      }),
  })),
  'gives the addresses of an instance back with it': other('instances', ['56'], (own, { floatingIps }) => ({
    delete: (id, call) => new ResultAsync(deleteWithAddresses(own, floatingIps, id, call)),
  })),
  'calls the snapshot of nothing invalid': other('snapshots', ['52'], (own) => ({
    create: (spec, call) =>
      own
        .create(spec, call)
        .mapErr((error) => (error.kind === 'not-found' ? { ...error, kind: 'invalid' as const } : error)),
  })),
  'forgets the name of a snapshot': other('snapshots', ['51'], (own) => ({
    create: (spec, call) => own.create({ ...spec, name: '' }, call),
  })),
  'shows an address that is not there': other('floatingIps', ['64'], (own) => ({
    get: (id, options) => own.get(id, options).orElse(() => ok({ id, address: '192.0.2.1', tags: {} })),
  })),
  'reads a record of any type': other('dns', ['57'], (own) => ({
    get: (name, _type, options) => own.get(name, 'A', options),
  })),
  'reads the record of the next name': other('dns', ['57'], (own) => ({
    get: (name, type, options) => own.get(name.replace(/^acase/, 'case'), type, options),
  })),
};

function nothingIfPassing(error: CloudError): Result<undefined, CloudError> {
  return error.kind === 'transient' || error.kind === 'timeout' ? ok(undefined) : err(error);
}

function youngerByAMinute(one: Snapshot): Snapshot {
  return { ...one, takenAt: new Date(Date.parse(one.takenAt) + 60_000).toISOString() };
}

async function atEach(
  seen: Instance,
  floatingIps: Cloud['floatingIps'],
): Promise<Result<Instance, CloudError>> {
  const publicAddresses: string[] = [];
  for await (const one of floatingIps.list()) if (one.isOk()) publicAddresses.push(one.value.address);
  return ok({ ...seen, publicAddresses });
}

async function deleteWithAddresses(
  own: Cloud['instances'],
  floatingIps: Cloud['floatingIps'],
  id: string,
  call: Call,
): Promise<Result<void, CloudError>> {
  for await (const one of only(floatingIps.list(), ({ instanceId }) => instanceId === id)) {
    if (one.isErr()) return err(one.error);
    const { id: address } = one.value;
    const given = await floatingIps
      .move(address, { from: id, to: undefined }, under(call, 'off'))
      .andThen(() => floatingIps.delete(address, under(call, 'back')));
    if (given.isErr()) return err(given.error);
  }
  return own.delete(id, call);
}

it.each(Object.entries(wrapped))('a cloud that %s is found out', async (_, { by, wrap }) => {
  const subject = tinySubject();
  const verdicts = await runConformance(
    cloudCases.filter(({ id }) => by.includes(id)),
    { ...subject, cloud: wrap(subject.cloud) },
  );
  expect(verdicts.results.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(
    by.map((id) => `${id} failed`),
  );
});
