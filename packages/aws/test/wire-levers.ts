// Faults on the way between the real SDK and whatever answers EC2's calls: a fault proxy stands there and drops, refuses
// and counts. The same levers serve the strict EC2 of the simulator and an emulator.

import type { LeverOperation, Levers, Refusal } from '@belay/cloud/conformance';
import { type FaultProxy, openFaultProxy, type ProxyFault } from '@belay/sim/proxy';

export type WireLevers = Required<Pick<Levers, 'loseReply' | 'refuse' | 'calm' | 'calls'>>;

const actionOf: Readonly<Record<LeverOperation, string>> = {
  'instances.get': 'DescribeInstances',
  'instances.create': 'RunInstances',
  'instances.start': 'StartInstances',
  'volumes.get': 'DescribeVolumes',
  'volumes.create': 'CreateVolume',
  'volumes.attach': 'AttachVolume',
  'volumes.detach': 'DetachVolume',
  'volumes.modify': 'ModifyVolume',
  'snapshots.get': 'DescribeSnapshots',
  'snapshots.create': 'CreateSnapshot',
  'floatingIps.get': 'DescribeAddresses',
  'floatingIps.create': 'AllocateAddress',
  'floatingIps.move': 'AssociateAddress',
};

export async function wireProxy(url: string): Promise<FaultProxy<'aws'>> {
  const opened = await openFaultProxy({ upstreams: { aws: url } });
  return opened.match(
    (proxy) => proxy,
    (error) => {
      throw new Error(error.message);
    },
  );
}

export function wireLevers(proxy: FaultProxy<'aws'>): WireLevers {
  return {
    loseReply: (operation) =>
      void proxy.inject({ action: actionOf[operation], fault: { kind: 'drop-reply' } }),
    refuse: (operation, how, times) =>
      void proxy.inject({ action: actionOf[operation], times, fault: refusal(operation, how) }),
    calm: () => proxy.clear(),
    calls: (operation) => proxy.calls({ action: actionOf[operation] }).asked,
  };
}

function refusal(operation: LeverOperation, how: Refusal): ProxyFault {
  if (how === 'html') return { kind: 'gateway-error', status: 502 };
  const { code, status } = refusals[how];
  const said = how === 'quota' ? (quotas[operation] ?? code) : code;
  return {
    kind: 'answer',
    status,
    contentType: 'text/xml;charset=UTF-8',
    headers: { 'x-amzn-requestid': requestId },
    body: `<?xml version="1.0" encoding="UTF-8"?>
<Response><Errors><Error><Code>${said}</Code><Message>${said}, as it was told.</Message></Error></Errors><RequestID>${requestId}</RequestID></Response>`,
  };
}

const requestId = '0bad0bad-0bad-4bad-8bad-0bad0bad0bad';

/** What EC2 says, with the HTTP status that it has there: a lack of capacity is a fault of the server. */
const refusals: Readonly<
  Record<Exclude<Refusal, 'html'>, { readonly code: string; readonly status: number }>
> = {
  throttled: { code: 'RequestLimitExceeded', status: 503 },
  transient: { code: 'InternalError', status: 500 },
  'out-of-stock': { code: 'InsufficientInstanceCapacity', status: 500 },
  quota: { code: 'LimitExceeded', status: 400 },
  forbidden: { code: 'UnauthorizedOperation', status: 403 },
  unauthenticated: { code: 'AuthFailure', status: 401 },
  cooldown: { code: 'VolumeModificationRateExceeded', status: 400 },
};

const quotas: Readonly<Partial<Record<LeverOperation, string>>> = {
  'instances.create': 'InstanceLimitExceeded',
  'instances.start': 'InstanceLimitExceeded',
  'volumes.create': 'VolumeLimitExceeded',
  'volumes.attach': 'AttachmentLimitExceeded',
  'volumes.modify': 'VolumeModificationSizeLimitExceeded',
  'snapshots.create': 'SnapshotLimitExceeded',
  'floatingIps.create': 'AddressLimitExceeded',
};
