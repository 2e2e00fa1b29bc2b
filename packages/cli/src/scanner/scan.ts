/** `belay scan`: looks at a scope and says what nobody needs. It holds nothing that could delete. */

import { ok } from 'neverthrow';
import { type Call, type Command, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { identities } from './identify.ts';
import { showProgress } from './progress.ts';
import { scanProgress } from './progress-text.ts';
import { scanLines } from './scan-text.ts';
import type { Scope } from './scope.ts';
import { ofScanner } from './trouble.ts';
import { complain, pageOf, print, withScope } from './with-scope.ts';

const options = {
  json: { type: 'boolean', help: 'one JSON value' },
  'detailed-exitcode': { type: 'boolean', help: 'exit with 2 where something would go' },
  identify: { type: 'boolean', help: 'do not scan: ask the sides who they are, for the policy' },
  overdue: { type: 'boolean', help: 'do not scan: tell people where no scan was complete for two periods' },
} as const;

export const scan: Command = defineCommand({
  name: 'scan',
  summary: 'Compare what is stored with what is needed; deletes nothing',
  usage: '<scope> [options]',
  about:
    'A scan only looks. It has no way to delete, whatever the config says. What it cannot be sure of it calls inconclusive; then nothing is flagged or cleared, the breaker opens and people are told.',
  options,
  words: { least: 1, most: 1 },
  examples: ['belay scan offsite', 'belay scan offsite --json | jq .report', 'belay scan offsite --identify'],
  exits: {
    [exit.changes]: 'with --detailed-exitcode: something would go',
    [exit.refused]: 'inconclusive: nothing was changed; with --overdue: no scan was complete for two periods',
    [exit.riskMissing]: 'the breaker is open: a person closes it',
    [exit.interrupted]: 'ended by Ctrl-C: nothing was changed',
  },
  async run(call) {
    const [name = ''] = call.words;
    if (call.options.identify) return await identities(call, name);
    if (call.options.overdue) return await withScope(call, 'scan', name, (scope) => overdue(call, scope));
    return await withScope(call, 'scan', name, (scope) => scanned(call, scope), { mayMake: true });
  },
});

async function scanned(call: Call<typeof options>, scope: Scope): Promise<number> {
  const { scanner, ledger, name } = scope;
  const before = ledger.baseline();
  const lastTime = (side: string): number | undefined =>
    before
      .map(({ tallies }) => tallies[side]?.reduce((sum, { count }) => sum + count, 0))
      .unwrapOr(undefined);
  const keys = new Map<string, { readonly seen: number; readonly lastTime: number | undefined }>();
  const line = showProgress(call, (elapsedMs) => scanProgress(name, keys, elapsedMs));
  const done = await scanner.scan({
    signal: call.signal,
    onProgress: ({ side, keys: seen }) => keys.set(side, { seen, lastTime: lastTime(side) }),
  });
  line.end();
  if (done.isErr()) return complain(call, 'scan', ofScanner(done.error, name));
  const report = done.value;
  const breaker = scanner.breaker();
  if (breaker.isErr()) return complain(call, 'scan', ofScanner(breaker.error, name));
  const planned =
    report.outcome === 'complete' ? await scanner.review({ signal: call.signal }) : ok(undefined);
  const plan = planned.unwrapOr(undefined);
  if (call.options.json) {
    call.out.data(
      JSON.stringify({
        formatVersion: '1.0',
        scope: name,
        report,
        breaker: breaker.value,
        plan: plan ?? null,
      }),
    );
  } else {
    print(
      call,
      scanLines(
        { scope: name, report, breaker: breaker.value, plan, canSweep: scope.canSweep },
        pageOf(call),
      ),
    );
  }
  if (planned.isErr()) return complain(call, 'scan', ofScanner(planned.error, name));
  if (report.outcome === 'inconclusive') return exit.refused;
  if (breaker.value.state === 'open') return exit.riskMissing;
  return call.options['detailed-exitcode'] && (plan?.items.length ?? 0) > 0 ? exit.changes : exit.done;
}

async function overdue(call: Call<typeof options>, { scanner, name }: Scope): Promise<number> {
  const asked = await scanner.checkOverdue({ signal: call.signal });
  if (asked.isErr()) return complain(call, 'scan', ofScanner(asked.error, name));
  const { isOverdue } = asked.value;
  if (call.options.json) call.out.data(JSON.stringify({ formatVersion: '1.0', scope: name, isOverdue }));
  else {
    call.out.data(
      isOverdue
        ? `No scan of ${name} was complete for two periods. People have been told; nothing is swept meanwhile.`
        : `${name} was scanned in time.`,
    );
  }
  return isOverdue ? exit.refused : exit.done;
}
