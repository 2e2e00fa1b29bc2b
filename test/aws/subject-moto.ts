// The adapter as a subject of the conformance cases, over the real SDK, against an EC2 emulator (moto). It settles at
// once and forgives much: it judges whether what is sent and read is EC2's language, and the adapter's own care. What
// it lets pass is listed below by case, and each of these rules is enforced by the strict EC2 of the simulator.

import {
  CreateVolumeCommand,
  DescribeInstanceAttributeCommand,
  DescribeVolumesCommand,
  DetachVolumeCommand,
  type DetachVolumeRequest,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { CreateHostedZoneCommand, Route53Client } from '@aws-sdk/client-route-53';
import { awsCloud, type Ec2Api, ec2Client } from '@belay/aws';
import { type Cloud, systemClock } from '@belay/cloud';
import type { Levers, Subject } from '@belay/cloud/conformance';
import { missing } from '../../packages/aws/test/missing.ts';
import { wireLevers, wireProxy } from '../../packages/aws/test/wire-levers.ts';
import { startEmulator } from './emulator.ts';
import { anImage, sdkOptions, zones } from './place.ts';

/** What moto lets pass and EC2 does not, by the case that asks for it. */
const leniencies: ReadonlyMap<string, string> = new Map([
  ['13', 'makes volumes in zones that do not exist'],
  ['14', 'makes volumes that are smaller than their snapshot'],
  ['56', 'leaves an address bound to an instance that is gone'],
  ['57', 'refuses a batch that deletes a record and creates it again as it was before'],
]);

export interface MotoSubject {
  readonly subject: Subject;
  close(): Promise<void>;
}

export interface MotoOptions {
  /** Part of every key and tag of a run. */
  readonly runName: string;
  /** One that runs already, as `startEmulator` gave it. */
  readonly url?: string | undefined;
  /** An image that it has, for whoever has looked already: moto lists all of them, which takes it seconds. */
  readonly imageId?: string | undefined;
  readonly say?: (line: string) => void;
}

export async function motoSubject(options: MotoOptions): Promise<MotoSubject> {
  const { runName, url, imageId, say = () => {} } = options;
  if (url !== undefined) return openAt(url, runName, imageId);
  const emulator = await startEmulator(say);
  try {
    const { subject, close } = await openAt(emulator.url, runName);
    return { subject, close: () => close().finally(emulator.stop) };
  } catch (thrown) {
    await emulator.stop();
    throw thrown;
  }
}

async function openAt(endpoint: string, runName: string, image?: string): Promise<MotoSubject> {
  const direct = sdkOptions(endpoint);
  // Several subjects may share the emulator, and a name lies in one zone only.
  const dnsZone = `${runName}.example.`;
  const plain = new EC2Client(direct);
  await new Route53Client(direct).send(
    new CreateHostedZoneCommand({ Name: dnsZone, CallerReference: runName }),
  );
  const imageId = image ?? (await anImage(direct));
  // Nothing can fail any more that would leave the proxy open.
  const proxy = await wireProxy(endpoint);
  const sdk = sdkOptions(proxy.urls.aws);
  const remembered: { detach?: DetachVolumeRequest } = {};
  const client = remembering(ec2Client(sdk), remembered);
  const open = (): Cloud => motoCloud(awsCloud({ ...sdk, account: 'moto', client, visibilityMs: 300 }));
  return {
    subject: {
      name: 'aws-moto',
      cloud: open(),
      // No `one-per-key`: moto does not read client tokens. No `cooldown`: it modifies volumes as often as one likes.
      traits: new Set([
        'zone-bound-volumes',
        'detach-while-running',
        'floating-ips',
        'snapshots',
        'device-names',
      ]),
      leniencies,
      levers: {
        ...wireLevers(proxy),
        ...directLevers(plain, ec2Client(direct)),
        anotherProcess: open,
        async replay() {
          if (remembered.detach === undefined) throw new Error('No detach has been sent yet.');
          // What becomes of it is what the case looks at.
          await plain.send(new DetachVolumeCommand(remembered.detach)).catch(() => undefined);
        },
      },
      runName,
      zones,
      instanceType: 't3.micro',
      otherInstanceType: 't3.small',
      imageId,
      diskType: 'gp3',
      otherDiskType: 'gp2',
      otherAccount: '222222222222',
      dnsZone,
      missing,
      clock: systemClock,
      patienceMs: 20_000,
    },
    close: () => proxy.close(),
  };
}

/** moto does not know `CopyVolumes` and capacity reservations: what is not there is no promise. */
function motoCloud(cloud: Cloud): Cloud {
  return { ...cloud, traits: { ...cloud.traits, volumeCopy: false, capacityReservations: false } };
}

/** What another client of the same account does, past the proxy. */
function directLevers(plain: EC2Client, api: Ec2Api): Levers {
  const soon = (): AbortSignal => AbortSignal.timeout(30_000);
  return {
    protect: async (InstanceId, Value) => {
      await api.modifyInstanceAttribute({ InstanceId, DisableApiTermination: { Value } }, soon());
    },
    tagBehind: async (id, tags) => {
      const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      await api.createTags({ Resources: [id], Tags }, soon());
    },
    userDataOf: async (InstanceId) => {
      const { UserData } = await plain.send(
        new DescribeInstanceAttributeCommand({ InstanceId, Attribute: 'userData' }),
      );
      return UserData?.Value === undefined ? undefined : Buffer.from(UserData.Value, 'base64').toString();
    },
    sharedWith: async (SnapshotId) => {
      const { CreateVolumePermissions = [] } = await api.describeSnapshotAttribute(
        { SnapshotId, Attribute: 'createVolumePermission' },
        soon(),
      );
      return CreateVolumePermissions.flatMap(({ UserId }) => UserId ?? []);
    },
    twin: async (id) => {
      const { Volumes: [volume] = [] } = await plain.send(new DescribeVolumesCommand({ VolumeIds: [id] }));
      const { VolumeId = '' } = await plain.send(
        new CreateVolumeCommand({
          AvailabilityZone: volume?.AvailabilityZone,
          Size: volume?.Size,
          VolumeType: volume?.VolumeType,
          TagSpecifications: [{ ResourceType: 'volume', Tags: volume?.Tags }],
        }),
      );
      return VolumeId;
    },
  };
}

function remembering(api: Ec2Api, remembered: { detach?: DetachVolumeRequest }): Ec2Api {
  return {
    ...api,
    detachVolume(request, signal) {
      remembered.detach = request;
      return api.detachVolume(request, signal);
    },
  };
}
