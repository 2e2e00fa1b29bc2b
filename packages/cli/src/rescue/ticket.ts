/** The ticket to a provider, from what is known of the server and from what runs have asked of its API. Pure. */

import { providerTicket, type RescueFacts, type TicketCall } from '@belay/planner';
import type { StoredEvent } from '@belay/runner';

/** `journals`: runs of the workload, each with its events. */
export function ticketFor(facts: RescueFacts, journals: readonly (readonly StoredEvent[])[]): string {
  const { workload, source, volume, snapshot, moreSnapshots, standby, lastServedAt } = facts;
  const { id, provider, account, region } = workload.instance;
  const server = source.known ? source.value : undefined;
  return providerTicket({
    at: { provider, account, region },
    serverId: id,
    serverName: server?.name ?? workload.name,
    zone: server?.zone ?? (volume.known ? volume.value.zone : undefined),
    notMeant: standby.known && standby.value !== null ? [standby.value.instance.id] : [],
    wanted: 'start the server again, on any hardware, with its disks as they are',
    ...(lastServedAt.known && !serves(facts) && { since: lastServedAt.value }),
    asked: askedOf(facts),
    lastState: server?.providerState,
    calls: journals.flatMap(callsIn).slice(-mostCalls),
    mustNotBeTouched: [
      {
        id: workload.volumeId,
        because: 'the data is on it, and it is the only copy of what was written last',
      },
      ...(workload.moreVolumes ?? []).map(({ volumeId }) => ({ id: volumeId, because: 'data is on it' })),
      ...workload.floatingIps.map((ip) => ({ id: ip, because: 'users know the workload by this address' })),
      ...[
        ...(snapshot.known ? [snapshot.value] : []),
        ...(moreSnapshots.known ? moreSnapshots.value : []),
      ].flatMap((one) =>
        one === null ? [] : [{ id: one.id, because: 'it is the newest snapshot of the data' }],
      ),
    ],
  });
}

/** Somebody may have looked at the wrong moment, and nobody at all where there is no way in. */
function askedOf({ health }: RescueFacts): string {
  if (!health.known) return `Whether it serves could not be learned at ${health.at}: ${ended(health.why)}`;
  const { healthy, detail } = health.value;
  return `Asked at ${health.at} it ${healthy ? 'served' : 'did not serve'}: ${ended(detail)}`;
}

function ended(sentence: string): string {
  return sentence.endsWith('.') ? sentence : `${sentence}.`;
}

function serves({ health }: RescueFacts): boolean {
  return health.known && health.value.healthy;
}

const mostCalls = 10;

/** Calls of the API that failed: a failure of the port names its operation. */
function callsIn(events: readonly StoredEvent[]): readonly TicketCall[] {
  return events.flatMap(({ atMs, event }) => {
    if (event.kind !== 'failed' && event.kind !== 'attempt-failed' && event.kind !== 'revert-failed')
      return [];
    const operation: unknown = Reflect.get(event.error, 'operation');
    const requestId: unknown = Reflect.get(event.error, 'requestId');
    if (typeof operation !== 'string') return [];
    return [
      {
        at: new Date(atMs).toISOString(),
        operation,
        outcome: event.error.message,
        ...(typeof requestId === 'string' && { requestId }),
      },
    ];
  });
}
