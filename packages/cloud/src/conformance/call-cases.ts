import type { CloudError } from '../cloud-error.ts';
import type { Bench } from './bench.ts';
import { type ConformanceCase, conformanceCase } from './case.ts';
import { check } from './check.ts';
import { cancelledBeforehand, othersUnreadable, unreadable } from './no-answer.ts';

/** What becomes of a call that is throttled, cancelled, answered by a gateway or made with credentials that end. */
export const callCases: readonly ConformanceCase[] = [
  conformanceCase(
    {
      id: '59',
      group: 'plumbing',
      title: 'a call that is throttled backs off and works in the end, or ends throttled when its time is up',
      levers: ['refuse', 'calm'],
    },
    async (bench) => {
      const { volumes } = bench.cloud;
      const { calls } = bench.subject.levers;
      bench.lever('refuse')('volumes.create', 'throttled', 3);
      const first = await bench.ended(volumes.create(bench.volumeSpec(), bench.call('data')));
      if (first.isErr()) {
        check(first.error.kind === 'throttled', `It failed as ${first.error.kind}.`);
        check(first.error.applied === 'no', `It says applied ${first.error.applied}.`);
        await bench.eventually('the create works', async () =>
          (await bench.ended(volumes.create(bench.volumeSpec(), bench.call('data')))).isOk(),
        );
      }
      const { id } = await bench.volume('data');
      await bench.onlyVolume(id);

      const before = calls?.('volumes.create') ?? 0;
      bench.lever('refuse')('volumes.create', 'throttled', 1_000);
      const timeoutMs = Math.min(4_000, bench.subject.patienceMs);
      const never = bench.mustFail(
        volumes.create(bench.volumeSpec(), bench.call('never', { timeoutMs })),
        'throttled',
        'timeout',
      );
      const { value: error, tookMs } = await bench.timed(never);
      check(tookMs <= timeoutMs + 1_000, `It took ${tookMs} ms, and had ${timeoutMs} ms.`);
      check(error.applied !== 'yes', 'It says that a volume was made.');
      const asked = (calls?.('volumes.create') ?? 0) - before;
      check(asked <= 20, `The provider was asked ${asked} times in ${tookMs} ms.`);
      bench.lever('calm')();
      await bench.onlyVolume(id);
    },
  ),
  conformanceCase(
    {
      id: '60',
      group: 'plumbing',
      title: 'unknown credentials are unauthenticated; a session that ended is renewed once for all callers',
      levers: ['refuse', 'calm'],
      further: [{ trait: 'sessions', levers: ['endSession', 'sessions', 'refuseSessions'] }],
    },
    async (bench) => {
      const { volumes } = bench.cloud;
      bench.lever('refuse')('volumes.create', 'unauthenticated', 5);
      const create = volumes.create(bench.volumeSpec(), bench.call('refused'));
      const error = await bench.mustFail(create, 'unauthenticated');
      check(error.applied === 'no', `It says applied ${error.applied}.`);
      bench.lever('calm')();
      const { id } = await bench.volume('data');
      await bench.onlyVolume(id);
      await mayChange(bench);
      if (!bench.has('sessions')) return;

      const sessions = bench.lever('sessions');
      const before = sessions();
      const waiting = volumes.create(bench.volumeSpec(), bench.call('waiting'));
      await bench.lever('endSession')();
      const reads = await Promise.all(Array.from({ length: 50 }, () => bench.ended(volumes.get(id))));
      const failed = reads.find((read) => read.isErr());
      check(
        failed === undefined,
        `A read failed when the session ended: ${failed?.isErr() === true ? failed.error.message : ''}`,
      );
      await bench.must(waiting);
      const opened = sessions() - before;
      check(opened === 1, `${opened} sessions were opened for 50 callers.`);

      const admit = bench.atLast(bench.lever('refuseSessions')());
      await bench.mustFail(volumes.get(id), 'unauthenticated');
      await admit();
      await bench.must(volumes.get(id));
    },
  ),
  conformanceCase(
    {
      id: '61',
      group: 'plumbing',
      title: 'a signal ends a call within a second, and the same call again finishes the work once',
    },
    async (bench) => {
      const { clock } = bench.subject;
      const { calls } = bench.subject.levers;
      const asked = (): number => calls?.('instances.create') ?? 0;
      const create = (part: string, signal: AbortSignal) =>
        bench.cloud.instances.create(bench.instanceSpec(), bench.call(part, { signal }));
      const abort = async (
        stop: AbortController,
        work: ReturnType<typeof create>,
      ): Promise<CloudError | undefined> => {
        const abortedMs = clock.now();
        stop.abort();
        const answer = await bench.ended(work);
        const tookMs = clock.now() - abortedMs;
        check(tookMs <= 1_000, `It took ${tookMs} ms to stop.`);
        if (answer.isOk()) return undefined;
        check(answer.error.kind === 'cancelled', `It ended as ${answer.error.kind}.`);
        check(answer.error.applied !== 'yes', 'It claims to know that it happened.');
        return answer.error;
      };

      const [early, atOnce, later] = [new AbortController(), new AbortController(), new AbortController()];
      early.abort();
      const unasked = asked();
      const unsent = await bench.mustFail(create('server', early.signal), 'cancelled');
      check(unsent.applied === 'no', `Cancelled beforehand, it says applied ${unsent.applied}.`);
      check(asked() === unasked, 'Cancelled beforehand, it asked the provider all the same.');
      await cancelledBeforehand(bench, early.signal);

      const stopped = await abort(atOnce, create('server', atOnce.signal));
      check(stopped !== undefined, 'It went on although it was cancelled at once.');

      const before = asked();
      const underWay = create('later', later.signal);
      if (calls !== undefined) await bench.eventually('it is asked', async () => asked() > before);
      const late = await abort(later, underWay);
      const isSent = calls !== undefined && late !== undefined;
      check(!isSent || late.applied === 'unknown', `Sent and cancelled, it says applied ${late?.applied}.`);

      const made = [await bench.instance('server'), await bench.instance('later')];
      const living = await bench.livingInstances();
      check(living.length === made.length, `There are ${living.length} instances and not ${made.length}.`);
    },
  ),
  conformanceCase(
    {
      id: '63',
      group: 'plumbing',
      title: 'a page of HTML from a gateway is a transient error in plain words, and is overcome',
      levers: ['refuse', 'calm'],
    },
    async (bench) => {
      const { volumes } = bench.cloud;
      const judge = (error: CloudError): void => {
        check(!/<(html|head|body)/i.test(JSON.stringify(error)), `It is the page itself: ${error.message}`);
      };
      const timeoutMs = Math.min(4_000, bench.subject.patienceMs);
      bench.lever('refuse')('volumes.create', 'html', 1_000);
      const create = volumes.create(bench.volumeSpec(), bench.call('never', { timeoutMs }));
      judge(await bench.mustFail(create, 'transient', 'timeout'));
      bench.lever('calm')();
      bench.lever('refuse')('volumes.create', 'html', 1);
      const first = await bench.ended(volumes.create(bench.volumeSpec(), bench.call('data')));
      // Whether the gateway asked the provider before it answered is nobody's knowledge.
      check(first.isOk() || first.error.kind === 'transient', 'A page of HTML is more than that.');
      const { id } = await bench.volume('data');
      await bench.onlyVolume(id);
      bench.lever('refuse')('volumes.get', 'html', 1_000);
      judge(await bench.mustFail(volumes.get(id, { timeoutMs }), 'transient', 'timeout'));
      await unreadable(bench, id, timeoutMs);
      bench.lever('calm')();
      await bench.must(volumes.get(id));
      await othersUnreadable(bench, timeoutMs);
    },
  ),
];

/** Rights that were asked for beforehand: one answer for each call, and nothing is done. */
async function mayChange(bench: Bench): Promise<void> {
  const verbs = ['floatingIps.create', 'volumes.create'] as const;
  const planned = verbs.map((verb) => ({ verb }));
  const answers = await bench.must(bench.cloud.permissions.check(planned));
  const told = answers.map(({ verb }) => verb).join(' ');
  check(told === verbs.join(' '), `Asked for the right to ${verbs.join(' ')}, it answers for ${told}.`);
  for (const { verb, allowed, why } of answers) {
    check(allowed !== 'no', `It says that ${verb} is not allowed: ${why ?? ''}`);
    check(allowed === 'yes' || why !== undefined, `It does not say why it does not know of ${verb}.`);
  }
  const living = (await bench.livingVolumes()).length;
  check(living === 1, `Asked whether it may, it made a volume: there are ${living}.`);
}
