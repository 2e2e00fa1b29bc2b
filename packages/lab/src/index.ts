/**
 * A cloud on one Linux box, for rehearsals: the `Cloud` port over namespaces, loop devices, a bridge and dnsmasq. Needs
 * root. Servers are real enough for ssh, rsync, real filesystems and real clients.
 *
 * @packageDocumentation
 */

export type { Door, Lab } from './lab.ts';
export { type LabOptions, openLab } from './open.ts';
export type { LabBind, LabInstanceType, LabSettings } from './settings.ts';
