/** Guards on the way to the workload and on the time that all of it takes. */

import { samePlace } from '@belay/cloud';
import { change, type Finding, fails, given, holds, unclear } from '../precondition.ts';
import { type Guard, moving, stopping, type Watch } from './guard.ts';

export const routeGuards: readonly Guard[] = [
  {
    name: 'route',
    id: 'G15',
    sentence: 'what leads to the workload can be switched, and clients follow soon',
    accident: 'only a floating address saved the day in 2020; names would have taken hours',
    phases: ['plan', 'window'],
    before: moving,
    needs: ['addresses', 'records'],
    mayBeAccepted: true,
    test: route,
  },
  {
    name: 'route-witnessed',
    id: 'G15b',
    sentence: 'somebody asks at the moved address itself',
    accident:
      'a cloud said that an address had moved, and its packets went on to the server that was given up',
    phases: ['plan'],
    before: moving,
    needs: [],
    mayBeAccepted: true,
    onlyWarns: true,
    test: witnessed,
  },
  {
    name: 'within-budget',
    id: 'B1',
    sentence: 'in nine cases of ten nobody serves for no longer than was allowed',
    accident: 'a copy that was always “nearly done” held the window open for hours (github/gh-ost#804)',
    phases: ['plan', 'window'],
    before: stopping,
    needs: [],
    mayBeAccepted: true,
    test: withinBudget,
  },
  {
    name: 'waiting-is-worse',
    id: 'B2',
    sentence: 'no better way opens by itself if one only waits',
    accident: 'EC2 lets a disk rest for hours after a change; a copy taken instead stops the workload',
    phases: ['plan'],
    before: stopping,
    needs: [],
    mayBeAccepted: true,
    test: waiting,
  },
];

function route(watch: Watch): Finding {
  const { facts, target } = watch;
  const { workload } = facts;
  if (workload.floatingIps.length === 0 && workload.names.length === 0) {
    return fails('neither an address nor a name is given', change('say', 'say what leads to it'));
  }
  if (!samePlace(workload.instance, target.at)) return named(workload.names.length, watch);
  const addresses = given(facts.addresses, (ips) => {
    const astray = ips.filter(({ instanceId }) => instanceId !== workload.instance.id);
    if (astray.length > 0) return fails(`${astray.map(({ address }) => address).join(', ')} leads elsewhere`);
    return holds(ips.map(({ address }) => `${address} moves`).join(', '));
  });
  if (workload.floatingIps.length > 0 && addresses.verdict !== 'holds') return addresses;
  if (workload.names.length === 0) return addresses;
  return namesFollow(watch);
}

function witnessed({ facts: { workload }, target }: Watch): Finding {
  const moves = workload.floatingIps.length > 0 && samePlace(workload.instance, target.at);
  if (!moves) return holds('no address moves');
  return workload.witnessed === true
    ? holds('the run asks at the address itself')
    : unclear(
        'only its cloud will say that it has moved',
        change('say', 'let somebody ask at it, as services.routeWitness'),
      );
}

/** An address does not leave its cloud: there the names must lead, and they alone. */
function named(count: number, watch: Watch): Finding {
  return count === 0
    ? fails(
        'an address does not move to another cloud, and no name is given',
        change('say', 'give the names that lead to it'),
      )
    : namesFollow(watch);
}

function namesFollow({ facts, limits, ttl, at }: Watch): Finding {
  return given(facts.records, (records) => {
    const slow = records.filter(({ ttlSeconds }) => !(ttlSeconds <= limits.maxTtlSeconds));
    if (slow.length === 0) return holds(`TTL at most ${limits.maxTtlSeconds} s`);
    const longest = Math.max(...slow.map(({ ttlSeconds }) => ttlSeconds));
    // When the window opens it must have been done.
    if (at === 'plan' && ttl !== undefined && Number.isFinite(longest)) {
      return holds(
        `the run lowers the TTL to ${ttl.toSeconds} s and waits ${longest} s before anything stops`,
      );
    }
    return fails(
      `TTL of ${slow.map(({ name }) => name).join(', ')} is above ${limits.maxTtlSeconds} s`,
      change('wait', `lower it now and wait ${longest} s`),
    );
  });
}

function withinBudget({ assessment, limits: { budgetSeconds } }: Watch): Finding {
  if (budgetSeconds === undefined) return holds('no budget was set');
  if (assessment.downtime === undefined) return unclear('the downtime cannot be estimated');
  const p90 = Math.ceil(assessment.downtime.p90Seconds);
  const evidence = `p90 ${p90} s, budget ${budgetSeconds} s`;
  return p90 <= budgetSeconds ? holds(evidence) : fails(evidence, change('say', `a budget of ${p90} s`));
}

/** A strategy that can be undone better, or stops nobody, and for which only time is missing. */
function waiting({ all, assessment }: Watch): Finding {
  const better = all.find(
    ({ unlock, wayBack, downtime }) =>
      unlock?.isOnlyTime === true &&
      (wayBack.rank < assessment.wayBack.rank ||
        (wayBack.rank === assessment.wayBack.rank &&
          downtime !== undefined &&
          downtime.p50Seconds < (assessment.downtime?.p50Seconds ?? Number.POSITIVE_INFINITY))),
  );
  return better === undefined
    ? holds('nothing better opens by waiting')
    : fails(`${better.title} is only a matter of time`, {
        effort: 'wait',
        sentence: better.unlock?.changes.join('; ') ?? 'wait',
      });
}
