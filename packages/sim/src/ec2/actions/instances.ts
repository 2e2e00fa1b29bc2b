import { ok, type Result } from 'neverthrow';
import { describeInstance, listInstances } from '../../instances.ts';
import { isAlive } from '../../records.ts';
import type { Refusal } from '../../refusal.ts';
import type { InstanceRecord } from '../../state.ts';
import type { World } from '../../world.ts';
import { ownerId, zoneId } from '../account.ts';
import { type Action, action } from '../action.ts';
import { filtered, filters } from '../filters.ts';
import { named } from '../found.ts';
import {
  instanceFilters,
  launchFields,
  launchOf,
  type ShownInstance,
  stateFields,
  stateName,
  withTheirs,
} from '../instance-answer.ts';
import { launch } from '../launch.ts';
import { launchParameters, launchZone, launchOf as readLaunch } from '../launch-request.ts';
import { once } from '../once.ts';
import { type Page, type PageRequest, paged, pageParameters } from '../pages.ts';
import { flag, id, list, unmodelled } from '../parameters.ts';
import { allTags } from '../tags.ts';
import type { XmlFields } from '../xml.ts';

/** Launching instances and looking at them. */
export const instanceActions: readonly Action[] = [
  action({
    name: 'RunInstances',
    operation: 'instances.create',
    changes: true,
    parameters: launchParameters,
    perform(world, asked) {
      const use = {
        token: asked.ClientToken,
        // Tokens count zone by zone where a zone is named: in another one the same token launches another instance.
        scope: `RunInstances/${launchZone(world, asked) ?? ''}`,
        request: asked,
        isAlive: (known: string) => isAlive(world.state.instances[known]),
      };
      return once(world, use, () =>
        readLaunch(world, asked)
          .andThen((request) => launch(world, request))
          .map(([first = '']) => first),
      ).andThen((first) => shownLaunch(world, first));
    },
  }),
  action({
    name: 'DescribeInstances',
    operation: ({ InstanceId }) => (InstanceId.length > 0 ? 'instances.get' : 'instances.list'),
    changes: false,
    parameters: {
      InstanceId: list(id('instance')),
      Filter: filters,
      ...pageParameters,
      IncludeManagedResources: unmodelled,
    },
    perform: (world, asked) =>
      look(world, asked, 'DescribeInstances').map(({ items, nextToken }) => ({
        reservationSet: launchFields(world, items),
        nextToken,
      })),
  }),
  action({
    name: 'DescribeInstanceStatus',
    operation: 'instances.list',
    changes: false,
    parameters: {
      InstanceId: list(id('instance')),
      Filter: filters,
      ...pageParameters,
      IncludeAllInstances: flag,
      IncludeManagedResources: unmodelled,
    },
    perform: (world, asked) =>
      look(world, asked, 'DescribeInstanceStatus', ({ instance }) =>
        asked.IncludeAllInstances === true ? true : instance.state === 'running',
      ).map(({ items, nextToken }) => ({
        instanceStatusSet: items.map(({ instance }) => statusFields(world, instance)),
        nextToken,
      })),
  }),
];

interface Look extends PageRequest {
  readonly InstanceId: readonly string[];
  readonly Filter: Parameters<typeof filtered>[1];
}

function look(
  world: World,
  asked: Look,
  of: string,
  isShown: (one: ShownInstance) => boolean = () => true,
): Result<Page<ShownInstance>, Refusal> {
  const all: Result<readonly InstanceRecord[], Refusal> =
    asked.InstanceId.length > 0
      ? named(asked.InstanceId, (one) => describeInstance(world, one), 'instance')
      : ok(listInstances(world));
  return all
    .map((instances) => withTheirs(world, instances).filter(isShown))
    .andThen((shown) =>
      filtered(shown, asked.Filter, instanceFilters(world), ({ instance }) => allTags(instance)),
    )
    .andThen((shown) =>
      paged(shown, asked, {
        of,
        idOf: ({ instance }) => instance.id,
        named: ['instancesSet', asked.InstanceId.length > 0],
      }),
    );
}

/** As it is, not as late reads show it: the answer to a launch tells what was made. */
function shownLaunch(world: World, first: string): Result<XmlFields, Refusal> {
  const { instances } = world.state;
  const record = instances[first];
  const launchId = record === undefined ? '' : launchOf(world, record);
  const together = Object.values(instances).filter((one) => launchOf(world, one) === launchId);
  const [only] = launchFields(world, withTheirs(world, together));
  return ok(only ?? { reservationId: launchId, ownerId: ownerId(world) });
}

/** A guest that does not let anybody in fails its instance check; while it boots nobody knows yet. */
function statusFields(world: World, { id: instanceId, state, zone }: InstanceRecord): XmlFields {
  const guest = world.state.guests[instanceId];
  const isBooting = guest?.up === false && guest.bootId !== '';
  const reached = guest?.up === true ? 'ok' : isBooting ? 'initializing' : 'impaired';
  const check = stateName(state) === 'running' ? reached : 'not-applicable';
  const details = (status: string): XmlFields => ({ name: 'reachability', status });
  const word = { ok: 'passed', initializing: 'initializing', impaired: 'failed' }[reached];
  return {
    instanceId,
    availabilityZone: zone,
    availabilityZoneId: zoneId(world, zone),
    instanceState: stateFields(state),
    systemStatus: {
      status: check === 'impaired' ? 'ok' : check,
      details: [details(word === 'failed' ? 'passed' : word)],
    },
    instanceStatus: { status: check, details: [details(word)] },
  };
}
