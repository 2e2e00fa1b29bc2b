/**
 * Every call that the adapter makes, and no others: the service, the method, the path, and the rules by which the
 * service decides whether the caller may. The list of roles in the README is made of this table, so it cannot say less
 * than the code does. Rules are named as in the services' own policy files; a call without one is open to every token.
 */
export interface ApiCall {
  readonly service: ServiceName;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `{name}` stands for a part that is filled in. */
  readonly path: string;
  readonly rules: readonly string[];
  /** Could the call change something? */
  readonly changes: boolean;
}

/** The services of a cloud that are called, by the official name of each; `volume` is block storage. */
export type ServiceName = 'compute' | 'volume' | 'network' | 'image' | 'dns';

export type CallName = keyof typeof calls;

/** The call of that name. */
export function callOf(name: CallName): ApiCall {
  const [service, method, path, ...rules] = calls[name];
  return { service, method, path, rules, changes: method !== 'GET' };
}

/** By name: service, method, path, rules. */
export const calls = {
  listServerNames: ['compute', 'GET', '/servers', 'os_compute_api:servers:index'],
  listServers: ['compute', 'GET', '/servers/detail', 'os_compute_api:servers:detail'],
  getServer: ['compute', 'GET', '/servers/{id}', 'os_compute_api:servers:show'],
  createServer: [
    'compute',
    'POST',
    '/servers',
    'os_compute_api:servers:create',
    'os_compute_api:servers:create:attach_network',
    'os_compute_api:servers:create:attach_volume',
  ],
  renameServer: ['compute', 'PUT', '/servers/{id}', 'os_compute_api:servers:update'],
  deleteServer: ['compute', 'DELETE', '/servers/{id}', 'os_compute_api:servers:delete'],
  startServer: ['compute', 'POST', '/servers/{id}/action', 'os_compute_api:servers:start'],
  stopServer: ['compute', 'POST', '/servers/{id}/action', 'os_compute_api:servers:stop'],
  resizeServer: ['compute', 'POST', '/servers/{id}/action', 'os_compute_api:servers:resize'],
  confirmResize: ['compute', 'POST', '/servers/{id}/action', 'os_compute_api:servers:confirm_resize'],
  revertResize: ['compute', 'POST', '/servers/{id}/action', 'os_compute_api:servers:revert_resize'],
  listAttachments: [
    'compute',
    'GET',
    '/servers/{id}/os-volume_attachments',
    'os_compute_api:os-volumes-attachments:index',
  ],
  attachVolume: [
    'compute',
    'POST',
    '/servers/{id}/os-volume_attachments',
    'os_compute_api:os-volumes-attachments:create',
  ],
  keepVolume: [
    'compute',
    'PUT',
    '/servers/{id}/os-volume_attachments/{volume}',
    'os_compute_api:os-volumes-attachments:update',
  ],
  detachVolume: [
    'compute',
    'DELETE',
    '/servers/{id}/os-volume_attachments/{volume}',
    'os_compute_api:os-volumes-attachments:delete',
  ],
  listActions: [
    'compute',
    'GET',
    '/servers/{id}/os-instance-actions',
    'os_compute_api:os-instance-actions:list',
  ],
  getAction: [
    'compute',
    'GET',
    '/servers/{id}/os-instance-actions/{request}',
    'os_compute_api:os-instance-actions:show',
  ],
  listFlavors: ['compute', 'GET', '/flavors/detail'],
  listZones: ['compute', 'GET', '/os-availability-zone', 'os_compute_api:os-availability-zone:list'],
  computeLimits: ['compute', 'GET', '/limits', 'os_compute_api:limits'],

  listVolumes: ['volume', 'GET', '/volumes/detail', 'volume:get_all'],
  getVolume: ['volume', 'GET', '/volumes/{id}', 'volume:get'],
  createVolume: ['volume', 'POST', '/volumes', 'volume:create'],
  deleteVolume: ['volume', 'DELETE', '/volumes/{id}', 'volume:delete'],
  extendVolume: ['volume', 'POST', '/volumes/{id}/action', 'volume:extend', 'volume:extend_attached_volume'],
  retypeVolume: ['volume', 'POST', '/volumes/{id}/action', 'volume:retype'],
  listMessages: ['volume', 'GET', '/messages', 'message:get_all'],
  listSnapshots: ['volume', 'GET', '/snapshots/detail', 'volume:get_all_snapshots'],
  getSnapshot: ['volume', 'GET', '/snapshots/{id}', 'volume:get_snapshot'],
  createSnapshot: ['volume', 'POST', '/snapshots', 'volume:create_snapshot'],
  deleteSnapshot: ['volume', 'DELETE', '/snapshots/{id}', 'volume:delete_snapshot'],

  listFloatingIps: ['network', 'GET', '/floatingips', 'get_floatingip'],
  createFloatingIp: ['network', 'POST', '/floatingips', 'create_floatingip'],
  moveFloatingIp: ['network', 'PUT', '/floatingips/{id}', 'update_floatingip'],
  tagFloatingIp: ['network', 'PUT', '/floatingips/{id}/tags', 'update_floatingip'],
  deleteFloatingIp: ['network', 'DELETE', '/floatingips/{id}', 'delete_floatingip'],
  listPorts: ['network', 'GET', '/ports', 'get_port'],
  listNetworks: ['network', 'GET', '/networks', 'get_network'],

  listImages: ['image', 'GET', '/images', 'get_images'],
  getImage: ['image', 'GET', '/images/{id}', 'get_image'],

  listZonesOfNames: ['dns', 'GET', '/zones', 'find_zones'],
  listRecords: ['dns', 'GET', '/zones/{zone}/recordsets', 'find_recordsets'],
  createRecord: ['dns', 'POST', '/zones/{zone}/recordsets', 'create_recordset'],
  updateRecord: ['dns', 'PUT', '/zones/{zone}/recordsets/{id}', 'update_recordset'],
  deleteRecord: ['dns', 'DELETE', '/zones/{zone}/recordsets/{id}', 'delete_recordset'],
  // Designate has no rules for these: Neutron decides whose the addresses are.
  listReverseNames: ['dns', 'GET', '/reverse/floatingips'],
  getReverseName: ['dns', 'GET', '/reverse/floatingips/{id}'],
  setReverseName: ['dns', 'PATCH', '/reverse/floatingips/{id}'],
} as const;
