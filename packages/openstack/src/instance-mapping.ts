import { BlockList, isIP } from 'node:net';
import type { CloudResult, Instance, InstanceVolume } from '@belay/cloud';
import { errAsync, okAsync } from 'neverthrow';
import { type Server, serverState, wordOf } from './server.ts';
import { read, type Span } from './span.ts';
import { listAt, textAt } from './wire.ts';

/**
 * Nova's server as the port's instance. Nova does not say which of its volumes a server boots from; where it boots
 * from one, its attachments are asked for too, and the first device is the root.
 */
export function toInstance(span: Span, server: Server): CloudResult<Instance> {
  if (!bootsFromVolume(server) || serverState(server) === 'gone') {
    return okAsync(instanceOf(server, undefined));
  }
  return rootVolumeOf(span, server.id)
    .map((root) => instanceOf(server, root))
    .orElse((error) => {
      // It has gone since it was read; the next read says so.
      if (error.kind === 'not-found') return okAsync(instanceOf(server, undefined));
      // After a change that is done and seen, a read that fails does not undo it.
      return errAsync(span.changes ? { ...error, applied: 'yes' as const } : error);
    });
}

export function bootsFromVolume({ imageId, volumes }: Server): boolean {
  return imageId === undefined && volumes.length > 0;
}

export function rootVolumeOf(span: Span, serverId: string): CloudResult<string | undefined> {
  return read(span, 'listAttachments', { path: { id: serverId } }).map(({ body }) => {
    const root = listAt(body, 'volumeAttachments').find((one) => isFirst(textAt(one, 'device') ?? ''));
    return root === undefined ? undefined : textAt(root, 'volumeId');
  });
}

/** `/dev/vda`, `/dev/sda`, `/dev/xvda`. */
function isFirst(device: string): boolean {
  return /^\/dev\/(?:vd|sd|xvd|hd)a$/.test(device);
}

function instanceOf(server: Server, rootVolumeId: string | undefined): Instance {
  const { imageId, createdAt } = server;
  const fixed = server.addresses.filter(({ isFloating }) => !isFloating).map(({ address }) => address);
  const floating = server.addresses.filter(({ isFloating }) => isFloating).map(({ address }) => address);
  return {
    id: server.id,
    name: server.name,
    state: serverState(server),
    providerState: wordOf(server),
    zone: server.zone,
    instanceType: server.flavor,
    ...(imageId === undefined ? {} : { imageId }),
    privateAddresses: fixed,
    // A network of the provider may hand out addresses of the world with nothing in between.
    publicAddresses: [...new Set([...floating, ...fixed.filter(isOfTheWorld)])],
    volumes: server.volumes.map(
      ({ id, deleteOnTermination }): InstanceVolume => ({
        volumeId: id,
        isRoot: id === rootVolumeId,
        deleteOnTermination,
      }),
    ),
    deletionProtected: server.locked,
    tags: server.metadata,
    ...(createdAt === undefined ? {} : { createdAt }),
  };
}

/** Networks that no router of the world leads to: RFC 1918, 6598, 3927, 4193, 4291. */
const inside = new BlockList();
for (const [net, prefix] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
  ['127.0.0.0', 8],
] as const) {
  inside.addSubnet(net, prefix, 'ipv4');
}
inside.addSubnet('fc00::', 7, 'ipv6');
inside.addSubnet('fe80::', 10, 'ipv6');

function isOfTheWorld(address: string): boolean {
  return isIP(address) !== 0 && !inside.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}
