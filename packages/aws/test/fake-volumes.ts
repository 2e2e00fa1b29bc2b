import type {
  AttachVolumeRequest,
  CreateVolumeRequest,
  DeleteVolumeRequest,
  DescribeVolumesRequest,
  DescribeVolumesResult,
  DetachVolumeRequest,
  Volume,
  VolumeState,
} from '@aws-sdk/client-ec2';
import { ec2Error, isHidden, made, matches, tagsIn, type World, zones } from './fake-ec2.ts';
import type { FakeInstances } from './fake-instances.ts';

type AttachmentState = 'attaching' | 'attached' | 'detaching' | 'busy';

interface FakeVolume {
  readonly id: string;
  readonly zone: string;
  readonly size: number;
  readonly type: string;
  readonly tags: { Key: string; Value: string }[];
  state: 'creating' | 'available' | 'error';
  on: { instanceId: string; device: string; state: AttachmentState } | undefined;
}

export interface FakeVolumes {
  readonly all: Map<string, FakeVolume>;
  readonly calls: {
    createVolume(request: CreateVolumeRequest): Volume;
    deleteVolume(request: DeleteVolumeRequest): object;
    describeVolumes(request: DescribeVolumesRequest): DescribeVolumesResult;
    attachVolume(request: AttachVolumeRequest): object;
    detachVolume(request: DetachVolumeRequest): object;
  };
  join(instances: FakeInstances): void;
  add(zone: string, state: FakeVolume['state'], more?: Partial<FakeVolume>): FakeVolume;
  stick(id: string): () => void;
  hold(id: string): () => void;
  stale(id: string, reads: number): void;
}

export function fakeVolumes(world: World): FakeVolumes {
  const all = new Map<string, FakeVolume>();
  const stuck = new Map<string, (() => void)[]>();
  const held = new Set<string>();
  const stale = new Map<string, { reads: number; old: Volume | undefined }>();
  let instances: FakeInstances | undefined;

  const mustGet = (id: string | undefined): FakeVolume => {
    const volume = all.get(id ?? '');
    if (volume === undefined) throw ec2Error('InvalidVolume.NotFound', `The volume '${id}' does not exist.`);
    return volume;
  };
  /** A change of state that takes its time, and for ever where the volume is stuck. */
  const later = (id: string, change: () => void): void => {
    const waiting = stuck.get(id);
    if (waiting !== undefined) waiting.push(change);
    else world.clock.after(world.latencyMs, change);
  };
  const remember = (volume: FakeVolume): void => {
    const lag = stale.get(volume.id);
    if (lag !== undefined && lag.old === undefined) lag.old = toVolume(volume);
  };
  const letGo = (volume: FakeVolume): void =>
    later(volume.id, () => {
      volume.on = undefined;
    });
  const shown = (volume: FakeVolume): Volume => {
    const lag = stale.get(volume.id);
    if (lag?.old === undefined || lag.reads <= 0) return toVolume(volume);
    lag.reads -= 1;
    return lag.old;
  };
  const add: FakeVolumes['add'] = (zone, state, more = {}) => {
    const volume: FakeVolume = {
      id: world.id('vol'),
      zone,
      size: 8,
      type: 'gp3',
      tags: [],
      state,
      on: undefined,
      ...more,
    };
    all.set(volume.id, volume);
    return volume;
  };

  return {
    all,
    add,
    join(other) {
      instances = other;
    },
    stick(id) {
      const waiting: (() => void)[] = [];
      stuck.set(id, waiting);
      return () => {
        stuck.delete(id);
        for (const change of waiting) world.clock.after(world.latencyMs, change);
      };
    },
    hold(id) {
      held.add(id);
      return () => {
        held.delete(id);
        const volume = all.get(id);
        if (volume?.on?.state === 'busy') letGo(volume);
      };
    },
    stale: (id, reads) => void stale.set(id, { reads, old: undefined }),
    calls: {
      createVolume({ ClientToken = '', ...request }) {
        const text = JSON.stringify(request);
        const before = world.tokens.get(ClientToken);
        if (before !== undefined) {
          const volume = all.get(before.id);
          if (volume === undefined) {
            throw ec2Error(
              'IdempotentParameterMismatch',
              'The client token you have provided is associated with a resource that is already deleted.',
            );
          }
          if (before.request !== text) throw ec2Error('IdempotentParameterMismatch', 'Other parameters.');
          return toVolume(volume);
        }
        const { AvailabilityZone = '', Size = 0, VolumeType = 'gp2', TagSpecifications } = request;
        if (!zones.includes(AvailabilityZone)) {
          throw ec2Error('InvalidZone.NotFound', `The zone '${AvailabilityZone}' does not exist.`);
        }
        const volume = add(AvailabilityZone, 'creating', {
          size: Size,
          type: VolumeType,
          tags: tagsIn(TagSpecifications),
        });
        made(world, volume.id);
        world.tokens.set(ClientToken, { request: text, id: volume.id });
        later(volume.id, () => {
          volume.state = 'available';
        });
        return toVolume(volume);
      },
      deleteVolume({ VolumeId }) {
        const volume = mustGet(VolumeId);
        if (volume.on !== undefined) throw ec2Error('VolumeInUse', `Volume ${VolumeId} is in use.`);
        all.delete(volume.id);
        return {};
      },
      describeVolumes({ VolumeIds, Filters, MaxResults = 1_000, NextToken = '0' }) {
        if (VolumeIds !== undefined) {
          const missing = VolumeIds.filter((id) => !all.has(id) || isHidden(world, id));
          if (missing.length > 0) {
            throw ec2Error('InvalidVolume.NotFound', `The volumes '${missing.join(', ')}' do not exist.`);
          }
          return { Volumes: VolumeIds.map(mustGet).map(shown) };
        }
        const found = [...all.values()].filter(
          (one) => matches(Filters, one.tags) && !isHidden(world, one.id),
        );
        const start = Number(NextToken);
        const rest = start + MaxResults < found.length ? { NextToken: String(start + MaxResults) } : {};
        return { Volumes: found.slice(start, start + MaxResults).map(shown), ...rest };
      },
      attachVolume({ VolumeId, InstanceId = '', Device = '' }) {
        const volume = mustGet(VolumeId);
        const instance = instances?.mustGet(InstanceId);
        if (instance === undefined || !['running', 'stopped'].includes(instance.state)) {
          throw ec2Error('IncorrectState', `Instance '${InstanceId}' is not 'running'.`);
        }
        if (instance.zone !== volume.zone) {
          throw ec2Error('InvalidVolume.ZoneMismatch', 'The volume is not in the same availability zone.');
        }
        if (volume.on !== undefined) throw ec2Error('VolumeInUse', `${VolumeId} is already attached.`);
        if (volume.state !== 'available') throw ec2Error('IncorrectState', `${VolumeId} is ${volume.state}.`);
        if ([...all.values()].some(({ on }) => on?.instanceId === InstanceId && on.device === Device)) {
          throw ec2Error('InvalidParameterValue', `Attachment point ${Device} is already in use`);
        }
        remember(volume);
        volume.on = { instanceId: InstanceId, device: Device, state: 'attaching' };
        later(volume.id, () => {
          if (volume.on?.state === 'attaching') volume.on.state = 'attached';
        });
        return {};
      },
      detachVolume({ VolumeId, InstanceId }) {
        const volume = mustGet(VolumeId);
        instances?.mustGet(InstanceId ?? '');
        if (volume.on === undefined) {
          throw ec2Error('IncorrectState', `Volume '${VolumeId}' is in the 'available' state.`);
        }
        if (volume.on.instanceId !== InstanceId) {
          throw ec2Error('InvalidAttachment.NotFound', `${VolumeId} is not attached to ${InstanceId}.`);
        }
        if (instances?.mustGet(InstanceId).rootDevice === volume.on.device) {
          throw ec2Error('OperationNotPermitted', 'Unable to detach root volume.');
        }
        remember(volume);
        volume.on.state = held.has(volume.id) ? 'busy' : 'detaching';
        if (volume.on.state === 'detaching') letGo(volume);
        return {};
      },
    },
  };
}

function toVolume(volume: FakeVolume): Volume {
  const { on } = volume;
  const state: VolumeState = on === undefined ? volume.state : 'in-use';
  return {
    VolumeId: volume.id,
    AvailabilityZone: volume.zone,
    Size: volume.size,
    VolumeType: 'gp3',
    State: state,
    Tags: volume.tags,
    Attachments:
      on === undefined
        ? []
        : [{ VolumeId: volume.id, InstanceId: on.instanceId, Device: on.device, State: on.state }],
  };
}
