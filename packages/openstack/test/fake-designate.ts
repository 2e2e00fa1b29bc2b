import { type FakeAnswer, type Json, Refused, type Route, type World } from './fake-openstack.ts';

export const dnsZone = 'conformance.example.';
const servedMs = 1_200;

/** One zone, and a name for each floating address. A change is `PENDING` until the name servers have it. */
export function designateRoutes(world: World): readonly Route[] {
  const { recordsets } = world;
  const later = (record: Json, then: () => void): FakeAnswer => {
    record['status'] = 'PENDING';
    world.after(servedMs, then);
    return { status: 202, body: record };
  };
  const recordOf = (id = ''): Json => {
    const found = recordsets.get(id);
    if (found === undefined) throw new Refused(404, 'recordset_not_found', 'Could not find RecordSet');
    return found;
  };
  const names = new Map<string, Json>();
  const reverseOf = (id: string): Json => {
    const address = world.floatingIps.get(id)?.['floating_ip_address'];
    const message = `FloatingIP ${id} is not associated with your tenant`;
    if (address === undefined) throw new Refused(404, 'not_found', message);
    const name = names.get(id) ?? { ptrdname: null, ttl: null, status: 'INACTIVE' };
    return { id: `RegionOne:${id}`, address, ...name };
  };
  return [
    [
      'GET',
      /^\/reverse\/floatingips$/,
      () => ({ status: 200, body: { floatingips: [...world.floatingIps.keys()].map(reverseOf), links: {} } }),
    ],
    [
      'GET',
      /^\/reverse\/floatingips\/RegionOne(?::|%3A)(.+)$/,
      ([id = '']) => ({ status: 200, body: reverseOf(id) }),
    ],
    [
      'PATCH',
      /^\/reverse\/floatingips\/RegionOne(?::|%3A)(.+)$/,
      ([id = ''], { body }) => {
        reverseOf(id);
        const isUnset = body['ptrdname'] === null;
        const name: Json = { ...body, ...(isUnset && { ttl: null }) };
        names.set(id, name);
        return later(name, () => {
          name['status'] = isUnset ? 'INACTIVE' : 'ACTIVE';
        });
      },
    ],
    [
      'GET',
      /^\/zones$/,
      () => ({ status: 200, body: { zones: [{ id: 'zone-1', name: dnsZone }], links: {} } }),
    ],
    [
      'GET',
      /^\/zones\/[^/]+\/recordsets$/,
      (_, { query }) => {
        const all = [...recordsets.values()].filter(
          (one) => one['name'] === query.get('name') && one['type'] === query.get('type'),
        );
        return { status: 200, body: { recordsets: all.map((one) => ({ ...one })), links: {} } };
      },
    ],
    [
      'POST',
      /^\/zones\/[^/]+\/recordsets$/,
      (_, { body }) => {
        const record: Json = { ...body, id: world.id() };
        recordsets.set(String(record['id']), record);
        return later(record, () => {
          record['status'] = 'ACTIVE';
        });
      },
    ],
    [
      'PUT',
      /^\/zones\/[^/]+\/recordsets\/([^/]+)$/,
      ([id], { body }) => {
        const record = Object.assign(recordOf(id), body);
        return later(record, () => {
          record['status'] = 'ACTIVE';
        });
      },
    ],
    [
      'DELETE',
      /^\/zones\/[^/]+\/recordsets\/([^/]+)$/,
      ([id = '']) => later(recordOf(id), () => recordsets.delete(id)),
    ],
  ];
}
