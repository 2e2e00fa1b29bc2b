import type { ChangeVerb, Permission, Permissions } from '@belay/cloud';
import { okAsync } from 'neverthrow';
import { type CallName, callOf } from './calls.ts';

/**
 * OpenStack tells nobody beforehand whether a call would be allowed: the rules are files of the operator's, and the
 * only way to ask is to call. So every answer is `unknown`, and names the rules that the call will be judged by.
 */
export function permissions(): Permissions {
  return {
    check: (planned) =>
      okAsync(
        planned.map(({ verb }): Permission => {
          const actions = rulesOf(verb);
          const why =
            actions.length === 0
              ? 'OpenStack has no such call.'
              : 'OpenStack does not tell beforehand what its policy allows; the role member of a project usually does.';
          return { verb, allowed: 'unknown', actions, why };
        }),
      ),
  };
}

/** The rules by which the calls that a verb makes are judged, reads included. */
export function rulesOf(verb: ChangeVerb): readonly string[] {
  return [...new Set(callsOf[verb].flatMap((name) => callOf(name).rules))];
}

const server: readonly CallName[] = ['getServer', 'listServers'];
const anyServer: readonly CallName[] = [...server, 'listServerNames'];
const volume: readonly CallName[] = ['getVolume', 'listVolumes'];
const snapshot: readonly CallName[] = ['getSnapshot', 'listSnapshots'];

/** What each verb of the port calls. */
export const callsOf: Readonly<Record<ChangeVerb, readonly CallName[]>> = {
  'instances.create': ['createServer', 'deleteServer', 'listFlavors', 'getImage', ...anyServer],
  'instances.start': ['startServer', ...server],
  'instances.stop': ['stopServer', ...server],
  'instances.delete': ['deleteServer', ...server],
  'instances.rename': ['renameServer', ...server],
  'instances.keepVolume': ['keepVolume', 'listAttachments', ...server],
  'instances.resize': [
    'resizeServer',
    'confirmResize',
    'revertResize',
    'listActions',
    'getAction',
    'listFlavors',
    ...server,
  ],
  'volumes.create': ['createVolume', 'deleteVolume', 'listMessages', ...volume],
  'volumes.attach': ['attachVolume', ...volume, ...server],
  'volumes.detach': ['detachVolume', 'listAttachments', ...volume, ...server],
  'volumes.delete': ['deleteVolume', ...volume],
  'volumes.copy': ['createVolume', 'deleteVolume', 'listMessages', ...volume],
  'volumes.modify': ['extendVolume', 'retypeVolume', ...volume],
  'snapshots.create': ['createSnapshot', ...snapshot],
  'snapshots.copy': [],
  'snapshots.share': [],
  'snapshots.delete': ['deleteSnapshot', ...snapshot],
  'floatingIps.create': ['createFloatingIp', 'tagFloatingIp', 'listFloatingIps', 'listNetworks'],
  'floatingIps.move': ['moveFloatingIp', 'listFloatingIps', 'listPorts'],
  'floatingIps.delete': ['deleteFloatingIp', 'listFloatingIps'],
  'reservations.create': [],
  'reservations.delete': [],
  'dns.change': [
    'createRecord',
    'updateRecord',
    'deleteRecord',
    'setReverseName',
    'listRecords',
    'listZonesOfNames',
    'listReverseNames',
    'getReverseName',
  ],
};
