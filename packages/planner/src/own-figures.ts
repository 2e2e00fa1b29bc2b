/**
 * Figures of this very server, in place of anybody's: how long its services took to stop last time, how much is still
 * to be written out. A figure that own runs have given stays.
 */

import { pathMeasured } from './copy/copy-way.ts';
import type { Spread } from './downtime.ts';
import type { Facts } from './facts.ts';
import { type Parameters, spread } from './parameters.ts';
import { hasService, probed } from './probed.ts';
import type { Target } from './target.ts';

/** The parameters with what a close look at the source has found. */
export function ownFigures(facts: Facts, target: Target, parameters: Parameters): Parameters {
  return {
    ...parameters,
    stopServices: better(parameters.stopServices, lastStops(facts)),
    settle: better(parameters.settle, writingOut(facts, parameters)),
    ...bandwidth(facts, target),
  };
}

function better(known: Spread, own: Spread | undefined): Spread {
  return own === undefined || known.from === 'own-history' || known.from === 'rehearsed' ? known : own;
}

/** All services of the workload, one after the other. One that does not tell leaves the figure to others. */
function lastStops(facts: Facts): Spread | undefined {
  const services = probed(facts, 'services');
  if (!services.known || facts.workload.services.length === 0) return undefined;
  const mine = services.value.filter(({ name }) => hasService(facts.workload, name));
  if (mine.length < facts.workload.services.length) return undefined;
  let last = 0;
  let worst = 0;
  for (const { lastStopMs, stopTimeoutMs } of mine) {
    if (lastStopMs === undefined) return undefined;
    last += lastStopMs / 1000;
    worst += (stopTimeoutMs ?? 3 * lastStopMs) / 1000;
  }
  return spread(0.5 * last, last, Math.max(worst, 2 * last), 'measured', 'last stops on this server');
}

/** What is in memory is written out while the source serves, so that the unmount finds little of it. */
function writingOut(facts: Facts, { settle, diskBytesPerSecond }: Parameters): Spread | undefined {
  const dirty = probed(facts, 'dirtyBytes');
  if (!dirty.known) return undefined;
  const seconds = dirty.value / diskBytesPerSecond;
  const { bestSeconds, worstSeconds } = settle;
  const megabytes = Math.ceil(dirty.value / 1e6);
  return spread(
    bestSeconds,
    bestSeconds + seconds,
    worstSeconds + 2 * seconds,
    'measured',
    `${megabytes} MB to be written out`,
  );
}

function bandwidth(facts: Facts, target: Target): Partial<Parameters> {
  const path = pathMeasured({ facts, target });
  return path.known && path.value.bytesPerSecond > 0
    ? { bandwidthBytesPerSecond: path.value.bytesPerSecond, bandwidthFrom: 'rehearsed' }
    : {};
}
