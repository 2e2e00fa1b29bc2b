/** All commands by name, in the order of the help. Each is loaded when it is called: some bring a lot along. */

import type { Command } from './command.ts';

export const commandsByName: Readonly<Record<string, () => Promise<Command>>> = {
  plan: async () => (await import('./plan/plan.ts')).plan,
  apply: async () => (await import('./apply/apply.ts')).apply,
  status: async () => (await import('./status/status.ts')).status,
  revert: async () => (await import('./verbs/revert.ts')).revert,
  release: async () => (await import('./verbs/verbs.ts')).release,
  resolve: async () => (await import('./verbs/verbs.ts')).resolve,
  cancel: async () => (await import('./verbs/verbs.ts')).cancel,
  pause: async () => (await import('./verbs/verbs.ts')).pause,
  resume: async () => (await import('./verbs/verbs.ts')).resume,
  abandon: async () => (await import('./verbs/verbs.ts')).abandon,
  'release-source': async () => (await import('./release/release-source.ts')).releaseSource,
  picture: async () => (await import('./picture/picture.ts')).picture,
  recover: async () => (await import('./rescue/recover.ts')).recover,
  takeover: async () => (await import('./rescue/takeover.ts')).takeover,
  scan: async () => (await import('./scanner/scan.ts')).scan,
  review: async () => (await import('./scanner/review.ts')).review,
  approve: async () => (await import('./scanner/approve.ts')).approve,
  sweep: async () => (await import('./scanner/sweep.ts')).sweep,
  undo: async () => (await import('./scanner/undo.ts')).undo,
  affected: async () => (await import('./scanner/affected.ts')).affected,
  purge: async () => (await import('./scanner/purge.ts')).purge,
  'hold add': async () => (await import('./scanner/hold.ts')).holdAdd,
  'hold remove': async () => (await import('./scanner/hold.ts')).holdRemove,
  'hold list': async () => (await import('./scanner/hold.ts')).holdList,
  'breaker status': async () => (await import('./scanner/breaker.ts')).breakerStatus,
  'breaker open': async () => (await import('./scanner/breaker.ts')).breakerOpen,
  'breaker close': async () => (await import('./scanner/breaker.ts')).breakerClose,
  'ledger verify': async () => (await import('./scanner/ledger.ts')).ledgerVerify,
  'ledger reseal': async () => (await import('./scanner/ledger.ts')).ledgerReseal,
  mark: async () => (await import('./scanner/mark.ts')).mark,
  adopt: async () => (await import('./scanner/adopt.ts')).adopt,
  'alerts list': async () => (await import('./alerts/list.ts')).alertsList,
  'alerts ack': async () => (await import('./alerts/answer.ts')).alertsAck,
  'alerts resolve': async () => (await import('./alerts/answer.ts')).alertsResolve,
  'alerts run': async () => (await import('./alerts/run.ts')).alertsRun,
};

/** The first command of each part of the list, with the part's title. */
export const parts: Readonly<Record<string, string>> = {
  plan: 'Move a server',
  recover: 'When a server does not answer',
  scan: 'Delete what is left over',
  'alerts list': 'Alerts',
};
