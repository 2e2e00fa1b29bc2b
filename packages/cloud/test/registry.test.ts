import { describe, expect, it } from 'vitest';
import {
  type Cloud,
  cloudRegistry,
  type Host,
  hostRegistry,
  missingCloud,
  missingHost,
  refAt,
} from '../src/index.ts';

const oslo = { provider: 'test', account: 'acme', region: 'oslo' };
const rome = { ...oslo, region: 'rome' };
const cloud: Cloud = missingCloud(oslo);

describe('cloudRegistry', () => {
  it('finds the cloud of a place, and of a resource at that place', () => {
    const registry = cloudRegistry([cloud]);
    expect(registry.get(oslo)).toBe(cloud);
    expect(registry.get(refAt(oslo, 'vol-1'))).toBe(cloud);
    expect([registry.has(oslo), registry.has(rome)]).toEqual([true, false]);
    expect(registry.places()).toEqual([oslo]);
  });

  it('answers for an unknown place with an error that names it, in every verb', async () => {
    const nowhere = cloudRegistry([cloud]).get(rome);
    const answers = [
      await nowhere.volumes.detach({ volumeId: 'v', instanceId: 'i' }, { key: 'k' }),
      await nowhere.instances.get('i'),
      await nowhere.dns.get('shop.example.', 'A'),
    ];
    for (const answer of answers) {
      const error = answer._unsafeUnwrapErr();
      expect(error).toMatchObject({ kind: 'unsupported', applied: 'no' });
      expect(error.message).toContain('test/acme/rome');
    }
    for await (const listed of nowhere.volumes.list()) expect(listed.isErr()).toBe(true);
  });

  it('leaves it to whoever writes an adapter what a missing verb says', async () => {
    const error = (await missingCloud(rome, 'Not written yet').volumes.get('v'))._unsafeUnwrapErr();
    expect(error).toMatchObject({ kind: 'unsupported', provider: 'test', operation: 'volumes.get' });
    expect(error.message).toBe('Not written yet, so volumes.get was not tried.');
  });

  it('refuses two clouds for one place when it is made', () => {
    expect(() => cloudRegistry([cloud, missingCloud(oslo)])).toThrow('test/acme/oslo');
  });
});

describe('hostRegistry', () => {
  const web: Host = missingHost(refAt(oslo, 'web12'));

  it('finds hosts of a list, and calls the others unreachable', async () => {
    const registry = hostRegistry([web]);
    expect(registry.get(refAt(oslo, 'web12'))).toBe(web);
    expect([registry.has(oslo), registry.has(rome)]).toEqual([true, false]);
    const error = (await registry.get(refAt(oslo, 'web13')).ready())._unsafeUnwrapErr();
    expect(error).toMatchObject({ kind: 'unreachable', host: 'test/acme/oslo/web13', operation: 'ready' });
  });

  it('opens hosts on demand at its places only', async () => {
    const opened: string[] = [];
    const registry = hostRegistry(
      (server) => {
        opened.push(server.id);
        return server.id === 'web12' ? web : undefined;
      },
      [oslo],
    );
    expect(registry.get(refAt(oslo, 'web12'))).toBe(web);
    expect((await registry.get(refAt(oslo, 'web13')).observe()).isErr()).toBe(true);
    expect((await registry.get(refAt(rome, 'web12')).ready()).isErr()).toBe(true);
    expect(opened).toEqual(['web12', 'web13']);
  });
});
