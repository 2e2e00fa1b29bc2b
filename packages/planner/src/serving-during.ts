/** Who serves while each step goes forward: the same table for plans, live progress and pictures. */

import type { Serving } from './downtime.ts';

const source: ReadonlySet<string> = new Set([
  'place',
  'keep-volume',
  'lower-ttl',
  'ttl-runs-out',
  'cut-over',
  'look-at-source',
  'look-at-target',
  'settle-source',
  'read-routes',
  'admit-target',
  'gate-window',
  'before-stop',
  // The target gets a disk of its own, and what can be copied while the source serves.
  'take-snapshot',
  'snapshot-ready',
  'make-disk',
  'attach-disk',
  'format-disk',
  'mount-disk',
  'keep-disk',
  'first-pass',
  'warm-passes',
  'rehearse',
  'mask-timers',
  // A takeover: the primary serves, if it still can.
  'authorise',
  'check-standby',
  'look-at-standby',
  'pause-imports',
  'quiet-standby',
  'begin-copy',
  'warm-sync',
  // A disk changes under a server that serves all the while.
  'look-at-disk',
  'grow',
  'change-disk',
  'grow-filesystem',
  'confirm-size',
  'check-capacity',
  'check-capacity-again',
]);

const nobody: ReadonlySet<string> = new Set([
  'follow-when-back',
  'stop-services',
  'restart-when-back',
  'give-address-up',
  'restart-on-source',
  'unmount',
  'detach-volume',
  'after-detach',
  'attach-volume',
  'mount',
  'take-address',
  'restart-on-target',
  'start-services',
  'probe-target',
  'look-at-fence',
  'before-switch',
  'gate-cut-over',
  'switch-address',
  'switch-name',
  'switch-reverse',
  'switch-front-end',
  'follow-address',
  // A takeover or a recovery: from the fence on it is certain that the source does not serve.
  'known-of-source',
  'snapshot-whole',
  'restore-backup',
  'still-down',
  'fence-source',
  'fence-holds',
  'final-sync',
  'seal-copy',
  // A move by copying.
  'check-quiet',
  'final-pass',
  'open-target',
  // A resize in place.
  'stop-instance',
  'resize-instance',
  'start-instance',
  'server-back',
  'mount-data',
]);

const target: ReadonlySet<string> = new Set([
  'confirm-route',
  'after-switch',
  'keep-volume-of-target',
  'rename-source',
  // The release of the source, a run of its own.
  'check-release',
  'check-release-again',
  'release',
  'find-target',
  'gate-release',
  'after-soak',
  'seal-first-run',
  'delete-source',
  'delete-volume',
  'delete-snapshot',
  'forget-source',
  'restore-ttl',
  // The end of a takeover or a recovery.
  'fence-again',
  'rename-standby',
  'request-standby',
  // The end of a resize.
  'check-resized',
  'check-resized-again',
  'confirm',
  'confirm-resize',
]);

/**
 * Takes a step's path, with or without choices: `place#1/provision-target`. `undefined` where no graph of the planner
 * has such a step.
 */
export function servingDuring(path: string): Serving | undefined {
  const [first = ''] = path.split(/[/#]/);
  // Where there are several addresses or names, their steps are numbered.
  const top = first.replace(/-\d+$/, '');
  if (source.has(top)) return 'source';
  if (target.has(top)) return 'target';
  return nobody.has(top) ? 'nobody' : undefined;
}
