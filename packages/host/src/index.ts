/**
 * Hands inside a server: the `Host` port over the system's `ssh` and `rsync`.
 *
 * @packageDocumentation
 */

export { type CommandInitOptions, commandInit } from './command-init.ts';
export type { InitSystem, Units } from './init-system.ts';
export { type Ending, type Machine, type Running, thisMachine } from './machine.ts';
export { quoteWords } from './quote.ts';
export type { SshServer } from './server.ts';
export { type SshHosts, type SshHostsOptions, sshHosts } from './ssh-hosts.ts';
export { systemd } from './systemd.ts';
