import type { Probed } from '../host-probe.ts';
import { check } from './check.ts';
import { type HostCase, hostCase } from './host-case.ts';

/** What a server tells of itself, its databases and its addresses. */
export const hostFactCases: readonly HostCase[] = [
  hostCase(
    {
      id: 'H34',
      group: 'facts',
      title: 'a probe knows the data disk, its files and who writes, and how it learned it',
    },
    async ({ source, data, services, files, must, call }) => {
      await files.write('source', `${data.mountPoint}/new`, 'one');
      const facts = await must(
        source.probe({ mountPoints: [data.mountPoint], sampleMs: 1_000 }, call('probe')),
      );
      const all = Object.entries(facts).filter(([name]) => name !== 'identity');
      for (const [name, fact] of all as readonly (readonly [string, Probed<unknown>])[]) {
        check(fact.method !== '' && !Number.isNaN(Date.parse(fact.at)), `${name} has no method or no time.`);
        check(fact.known || fact.why !== '', `${name} is not known, and nobody says why.`);
      }
      const [mount] = value(facts.mounts, 'mounts');
      check(mount?.filesystemUuid === data.filesystemUuid, 'The data disk is not among the mounts.');
      const entry = value(facts.bootEntries, 'bootEntries').find(
        ({ mountPoint }) => mountPoint === data.mountPoint,
      );
      check(entry?.by === 'uuid' && entry.names === data.filesystemUuid, 'Its boot entry is not known.');
      check(
        value(facts.disks, 'disks').some(({ serial }) => serial === data.disk.serial),
        'Its disk is not among the disks.',
      );
      check(
        value(facts.openForWrite, 'openForWrite').some(({ mountPoint }) => mountPoint === data.mountPoint),
        'Nobody is known to write there.',
      );
      const known = value(facts.services, 'services').map(({ name }) => name);
      check(
        services.every((name) => known.includes(name)),
        `It knows ${known.join(', ')}.`,
      );
      check(value(facts.kernel, 'kernel').release !== '', 'The kernel has no release.');
      check(value(facts.os, 'os').id !== '', 'The system has no name.');
      check(value(facts.dirtyBytes, 'dirtyBytes') >= 0, 'Less than nothing waits to be written.');
      check(value(facts.accounts, 'accounts').users['root'] === 0, 'root is not 0.');
    },
  ),
  hostCase(
    { id: 'H35', group: 'facts', title: 'a probe measures the way to another server' },
    async ({ source, target, data, must, call }) => {
      const request = { mountPoints: [data.mountPoint], sampleMs: 0, bandwidthTo: target.at };
      const { bandwidth, writes } = await must(source.probe(request, call('probe')));
      check(bandwidth?.known === true, `It is not known: ${bandwidth?.known === false ? bandwidth.why : ''}`);
      check(bandwidth.value.bytesPerSecond > 0, 'Nothing goes through.');
      // What was not watched is not known, however idle the server was.
      check(!writes.known || writes.value.length > 0, 'Nothing is said of writes.');
    },
  ),
  hostCase(
    {
      id: 'H36',
      group: 'facts',
      title: 'a database is copied as one moment of it while it is in use',
      traits: ['sqlite'],
    },
    async ({ source, data, database = '', files, must, mustFail, call }) => {
      const to = `${data.mountPoint}/copy's of "it"`;
      const spec = { kind: 'sqlite', file: database, to } as const;
      for (const part of ['copy', 'again']) {
        const copy = await must(source.databases.copy(spec, call(part)));
        check(copy.bytes > 0 && /^[0-9a-f]{64}$/.test(copy.sha256), `It has ${copy.bytes} bytes.`);
        check(copy.check.includes('ok'), `It was not found whole: ${copy.check}`);
        check((await files.read('source', to)) !== undefined, 'The copy is not where it should be.');
      }
      const missing = { ...spec, file: `${data.mountPoint}/no-such.db` };
      await mustFail(source.databases.copy(missing, call('missing')), 'not-found');
      await mustFail(source.databases.copy({ ...spec, to: 'copy' }, call('relative')), 'invalid');
    },
  ),
  hostCase(
    { id: 'H37', group: 'facts', title: 'an address is set and taken away, each twice without harm' },
    async ({ source, device, must, mustFail, call }) => {
      const address = { address: '198.51.100.77', prefixLength: 32, device };
      const has = async (part: string): Promise<boolean> =>
        (await must(source.addresses.list(call(part)))).some((one) => one.address === address.address);
      for (const part of ['set', 'set-again']) {
        const given = await must(source.addresses.set(address, call(part)));
        check(
          given.address === address.address && given.device === device,
          `${part} gives ${given.address}.`,
        );
      }
      check(await has('with'), 'It is not listed.');
      for (const part of ['remove', 'remove-again']) {
        await must(source.addresses.remove(address.address, call(part)));
      }
      check(!(await has('without')), 'It is still listed.');
      await mustFail(source.addresses.set({ ...address, device: 'nosuch0' }, call('device')), 'not-found');
      await mustFail(source.addresses.set({ ...address, prefixLength: 33 }, call('prefix')), 'invalid');
    },
  ),
  hostCase(
    {
      id: 'H38',
      group: 'facts',
      title: 'the address that one comes in by is never taken away',
      traits: ['own-address'],
    },
    async ({ source, device, must, mustFail, call }) => {
      const own = (await must(source.addresses.list(call('list')))).find((one) => one.device === device);
      check(own !== undefined, `There is no address on ${device}.`);
      await mustFail(source.addresses.remove(own.address, call('remove')), 'busy');
      await must(source.ready(call('ready')));
    },
  ),
  hostCase(
    {
      id: 'H39',
      group: 'facts',
      title: 'a health probe finds out who serves, and that nobody does',
      traits: ['http'],
    },
    async ({ source, services, site = { name: '' }, must, call }) => {
      const probe = { ...site, inARow: 1 };
      const up = await must(source.check(probe, call('up')));
      check(up.healthy, `It does not serve: ${up.detail}`);
      await must(source.services.stop(services, call('stop')));
      const down = await must(source.check(probe, call('down')));
      check(!down.healthy && down.detail !== '', 'It serves although its services are down.');
    },
  ),
];

function value<T>(fact: Probed<T>, name: string): T {
  check(fact.known, `${name} is not known: ${fact.known ? '' : fact.why}`);
  return fact.value;
}
