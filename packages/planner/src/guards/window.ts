/** Guards at the door of the window and inside it: everything is asked before the source is stopped, and once more after. */

import { movedSince, restingFacts, restingOf } from '../moved.ts';
import { change, type Finding, fails, holds, unclear } from '../precondition.ts';
import { copying, type Guard, moving, seen, stopping, type Watch } from './guard.ts';

export const windowGuards: readonly Guard[] = [
  {
    name: 'target-booted',
    id: 'G3',
    sentence: 'the target has booted once with the configuration that it will keep',
    accident: 'a restored server did not boot for want of its boot script (2020)',
    phases: ['window'],
    before: moving,
    needs: [],
    mayBeAccepted: false,
    test: ({ sight }) =>
      seen(sight.targetBooted, 'whether the target boots', ({ bootId }) => holds(`boot ${bootId}`)),
  },
  {
    name: 'nothing-in-the-way',
    id: 'G5',
    sentence: 'no filesystem on the target has the UUID or the mount point of the data',
    accident: 'XFS refused a disk whose UUID was there already (container-storage-interface/spec#482)',
    phases: ['window'],
    before: ['volume-swap', 'snapshot-clone'],
    needs: [],
    mayBeAccepted: false,
    test: ({ sight }) => none(sight.inTheWay, 'what is mounted on the target', 'nothing stands in the way'),
  },
  {
    name: 'facts-still-true',
    id: 'G23',
    sentence: 'what the plan rests on is still so',
    accident:
      'plans were called stale without a word about what had changed (Terraform), or ran all the same',
    phases: ['window'],
    before: stopping,
    needs: restingFacts,
    mayBeAccepted: false,
    test: unmoved,
  },
  {
    name: 'quiet-hour',
    id: 'G17',
    sentence: 'no long job, export, backup or modification is under way',
    accident: 'a promotion during a backup left both half done (repmgr refuses since)',
    phases: ['window'],
    before: stopping,
    needs: [],
    mayBeAccepted: true,
    test: ({ sight }) => none(sight.underWay, 'which jobs are under way', 'nothing is under way'),
  },
  {
    name: 'snapshot-in-time',
    id: 'G20',
    sentence: 'the snapshot that the new disk is made of is ready',
    accident: 'a snapshot that took long was told as reverted, and was being made all the time (2021)',
    phases: ['window'],
    before: ['snapshot-clone'],
    needs: [],
    mayBeAccepted: false,
    test: ({ sight }) =>
      seen(sight.snapshotReady, 'whether the snapshot is ready', (ready) =>
        ready ? holds('it is ready') : fails('it is not ready', change('wait', 'let the run wait for it')),
      ),
  },
  {
    name: 'asked-before-the-stop',
    id: 'G12',
    sentence: 'all of this is asked while the source still serves',
    accident:
      'a source was set read-only before the lag was looked at, and left so (openark/orchestrator#1482)',
    phases: ['window'],
    before: stopping,
    needs: [],
    mayBeAccepted: false,
    test: ({ sight }) =>
      seen(sight.sourceStopped, 'whether the source was stopped', (stopped) =>
        stopped ? fails('something on the source is stopped already') : holds('the source serves'),
      ),
  },
];

/** Asked between the stop and the switch. */
export const cutOverGuards: readonly Guard[] = [
  {
    name: 'nobody-writes',
    id: 'G11',
    sentence: 'nothing writes to the data any more, and nothing can begin to',
    accident: 'timers and logins write on after a stop; Hypernode shuts SSH and FTP in its window for that',
    phases: ['cut-over'],
    before: moving,
    needs: [],
    mayBeAccepted: false,
    test: nobodyWrites,
  },
  {
    name: 'databases-quiet',
    id: 'G9',
    sentence: 'no file of a database is open when it is copied',
    accident: 'a SQLite file was copied while in use and was corrupt (2020)',
    phases: ['cut-over'],
    before: copying,
    needs: [],
    mayBeAccepted: false,
    test: ({ sight }) => none(sight.openDatabases, 'which database files are open', 'none is open'),
  },
  {
    name: 'whole-pass',
    id: 'G10',
    sentence: 'the final pass copied everything, and nothing vanished under it',
    accident: 'rsync’s exit code 24 was waved through, and files were missing (konveyor/mig-controller#924)',
    phases: ['cut-over'],
    before: copying,
    needs: [],
    mayBeAccepted: false,
    test: ({ sight }) =>
      seen(sight.finalPass, 'how the final pass ended', ({ exitCode, vanishedFiles }) =>
        exitCode === 0 && vanishedFiles === 0
          ? holds('exit code 0')
          : fails(`exit code ${exitCode}, ${vanishedFiles} files vanished`),
      ),
  },
  {
    name: 'source-fenced',
    id: 'G13',
    sentence: 'the source cannot serve: stopped, masked, its disk gone by the cloud’s own word',
    accident:
      'both sides served (openark/orchestrator#854); a disk was still attached (vexxhost/migratekit#163)',
    phases: ['cut-over'],
    before: moving,
    needs: [],
    mayBeAccepted: false,
    test: fenced,
  },
  {
    name: 'target-answers',
    id: 'G14',
    sentence: 'the target answers through the name that clients will use',
    accident: 'a server answered by its address, and not by its name (2020)',
    phases: ['cut-over'],
    before: stopping,
    needs: [],
    mayBeAccepted: false,
    test: ({ sight }) =>
      seen(sight.targetAnswers, 'whether the target answers', ({ healthy, detail }) =>
        healthy ? holds(detail) : fails(detail),
      ),
  },
];

/** Asked before the source is released. */
export const soakGuards: readonly Guard[] = [
  {
    name: 'soaked',
    id: 'G21',
    sentence: 'the soak is over, and the target answered all through it',
    accident: 'a source was destroyed 35 minutes after its successor began to serve',
    phases: ['soak'],
    before: moving,
    needs: [],
    mayBeAccepted: true,
    test: soaked,
  },
  {
    name: 'soak-watched',
    id: 'G21b',
    sentence: 'somebody has asked the target from the beginning of the soak to its end',
    accident: 'three good answers on the last day were taken for a quiet fortnight',
    phases: ['soak'],
    before: moving,
    needs: [],
    mayBeAccepted: true,
    test: soakWatched,
  },
];

function none(fact: Watch['sight']['underWay'], what: string, good: string): Finding {
  return seen(fact, what, (found) => (found.length === 0 ? holds(good) : fails(found.join(', '))));
}

function unmoved({ facts, rests = restingOf(facts), sight }: Watch): Finding {
  return seen(
    sight.facts === undefined
      ? undefined
      : { known: true, value: sight.facts, at: sight.facts.source.at, source: 'observe' },
    'at the facts again',
    (fresh) => {
      const moved = movedSince(rests, fresh);
      return moved.length === 0
        ? holds('nothing has moved')
        : fails(moved.map(({ sentence }) => sentence).join('; '), change('say', 'observe and plan again'));
    },
  );
}

function nobodyWrites({ sight }: Watch): Finding {
  const writers = none(sight.writers, 'who writes', 'nobody writes');
  if (writers.verdict !== 'holds') return writers;
  const sleepers = none(sight.mayBeginToWrite, 'what may begin to write', 'and nothing can begin to');
  return sleepers.verdict === 'holds' ? holds(`${writers.evidence}, ${sleepers.evidence}`) : sleepers;
}

function fenced({ sight, assessment }: Watch): Finding {
  return seen(sight.fence, 'whether the source is fenced', (fence) => {
    if (!fence.servicesStopped) return fails('its services run');
    if (!fence.servicesMasked) return fails('its services may start again');
    if (assessment.strategy === 'volume-swap' && fence.volumeGone !== true)
      return fails('the cloud still shows its disk attached');
    return holds(
      assessment.strategy === 'volume-swap' ? 'stopped, masked, its disk gone' : 'stopped and masked',
    );
  });
}

function soaked({ sight, now, limits }: Watch): Finding {
  return seen(sight.soak, 'at the soak', ({ endsAt, goodProbes, badProbes, sourceName }) => {
    const left = Date.parse(endsAt) - Date.parse(now);
    if (!(left <= 0)) return fails(`the soak ends at ${endsAt}`, change('wait', `wait until ${endsAt}`));
    if (badProbes > 0) return fails(`${badProbes} probes were red`);
    if (goodProbes < limits.soakProbes) return fails(`only ${goodProbes} probes were green`);
    return holds(`${goodProbes} green probes; ${sourceName} may go`);
  });
}

/** A monitoring asks every few minutes: what is missing at either end may be so long, and no longer. */
const mostUnwatchedMs = 15 * 60_000;

function soakWatched({ sight, now }: Watch): Finding {
  return seen(sight.soak, 'at the soak', ({ beganAt, endsAt, watched, goodProbes, badProbes }) => {
    if (watched === undefined)
      return unclear(
        `nobody tells of a watch all through the soak: ${goodProbes + badProbes} probes are not one`,
        change('say', 'let a monitoring tell, as services.soaks'),
      );
    const { from, to } = watched;
    // A soak that a person cut short is watched to its end where it is watched till now.
    const endMs = Math.min(Date.parse(endsAt), Date.parse(now));
    const isWhole =
      Date.parse(from) - Date.parse(beganAt ?? '') <= mostUnwatchedMs &&
      endMs - Date.parse(to) <= mostUnwatchedMs;
    return isWhole
      ? holds(`watched from ${from} to ${to}`)
      : fails(`watched from ${from} to ${to} only; it began ${beganAt ?? 'nobody knows when'}`);
  });
}
