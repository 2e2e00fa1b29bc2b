import type { Call, Cloud, CloudResult } from '@belay/cloud';
import { destroyLab } from './destroy.ts';
import { changeRecord, pullPlug } from './instance-power.ts';
import { floatingIps } from './port/floating-ips.ts';
import { instances } from './port/instances.ts';
import { dns, images, permissions, reservations } from './port/rest.ts';
import { snapshots } from './port/snapshots.ts';
import { volumes } from './port/volumes.ts';
import { imageId } from './settings.ts';
import { addressOf, gatewayOf, type Site } from './site.ts';
import { change, read } from './span.ts';
import { hostKeyOf, sshFiles } from './ssh-keys.ts';
import { labTraits } from './traits.ts';
import { instanceOrMissing } from './volume-record.ts';

/** A cloud on this box, and how one gets into its instances. */
export interface Lab {
  /** The port. Instances outlive the process: another one opens the same folder and finds them. */
  readonly cloud: Cloud;
  readonly folder: string;
  /** The only image: what the box itself runs. */
  readonly imageId: string;
  /** The address of the box in the lab's network, where its name server answers too. */
  readonly gateway: string;
  /** How to reach the inside of an instance by ssh. */
  door(instanceId: string): CloudResult<Door>;
  /** Switches the deletion protection of an instance. */
  protect(instanceId: string, isProtected: boolean, call: Call): CloudResult<void>;
  /**
   * Ends the power of an instance at once, as a pulled plug does: no service is stopped. Its disks stay with it. For
   * rehearsals of what nobody plans.
   */
  pullPlug(instanceId: string, call: Call): CloudResult<void>;
  /** Ends all instances and takes everything away that the lab has made, with all data on its disks. */
  destroy(options?: { readonly timeoutMs?: number | undefined }): CloudResult<void>;
}

/** The words that `ssh` needs, named as `@belay/host` names them. */
export interface Door {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly identityFile: string;
  /** The one key that the instance shows, such as `ssh-ed25519 AAAA…`. */
  readonly hostKeys: readonly string[];
  /** The same for `ssh` itself: a file that names all instances of the lab. */
  readonly knownHostsFile: string;
  /** The program inside that lists, stops, starts and masks services: an init system that is one command. */
  readonly serviceProgram: readonly string[];
}

/** The lab over a site that is set up. */
export function labOver(site: Site): Lab {
  return {
    cloud: {
      at: site.at,
      traits: labTraits(site.settings.dnsZone !== undefined),
      instances: instances(site),
      volumes: volumes(site),
      snapshots: snapshots(site),
      floatingIps: floatingIps(site),
      images: images(site),
      dns: dns(site),
      reservations: reservations(site),
      permissions: permissions(site),
    },
    folder: site.folder,
    imageId,
    gateway: gatewayOf(site),
    door: (instanceId) =>
      read(site, 'lab.door', {}, (span) =>
        instanceOrMissing(span, instanceId).andThen(({ id, number }) =>
          hostKeyOf(span, id).map((hostKey) => ({
            address: addressOf(site, number),
            port: 22,
            user: 'root',
            ...sshFiles(site),
            hostKeys: [hostKey],
            serviceProgram: ['/etc/lab/service'],
          })),
        ),
      ),
    protect: (instanceId, isProtected, call) =>
      change(site, 'lab.protect', call, (span) =>
        changeRecord(span, instanceId, (now) => ({ ...now, deletionProtected: isProtected })).map(
          () => undefined,
        ),
      ),
    pullPlug: (instanceId, call) => change(site, 'lab.pullPlug', call, (span) => pullPlug(span, instanceId)),
    destroy: (options = {}) => change(site, 'lab.destroy', options, destroyLab),
  };
}
