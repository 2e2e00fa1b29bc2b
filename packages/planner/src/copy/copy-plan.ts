/** Turns facts and a target into the input of a move by copying: from empty disks, or from pictures of the source's. */

import { uuidOf } from '../digest.ts';
import type { Facts } from '../facts.ts';
import { moveOf, type RunOptions } from '../move/move-plan.ts';
import { mountAt } from '../preconditions/inside.ts';
import type { Target } from '../target.ts';
import { volumesOf, type WorkloadVolume } from '../workload.ts';
import type { ClonedDisk, CloneInput, CopyInput, EmptyDisk, NewDisk, RsyncInput } from './copy-input.ts';
import { straightWay } from './copy-way.ts';

export function rsyncInputOf(facts: Facts, target: Target, options: RunOptions): RsyncInput | undefined {
  const copy = copyOf(facts, target, options);
  if (copy === undefined || !facts.host.known) return undefined;
  const { host } = facts;
  return withDisks(
    copy,
    facts,
    ({ mountPoint, filesystemUuid }): EmptyDisk => ({
      kind: 'empty',
      filesystemType: mountAt(host.value, mountPoint)?.filesystemType === 'xfs' ? 'xfs' : 'ext4',
      filesystemUuid: uuidOf(`${options.seed}/${filesystemUuid}`),
    }),
  );
}

export function cloneInputOf(facts: Facts, target: Target, options: RunOptions): CloneInput | undefined {
  const copy = copyOf(facts, target, options);
  if (copy === undefined || !facts.traits.known) return undefined;
  const kind = facts.traits.value.snapshotInUse ? 'snapshot' : 'copy';
  return withDisks(copy, facts, () => ({ kind, freezeAtMostMs }));
}

/** A disk for each that there is: the main one as it is wanted, the others as big as they are. */
function withDisks<F extends EmptyDisk | ClonedDisk>(
  copy: CopyOfOne,
  { workload, moreVolumes }: Facts,
  fromOf: (volume: WorkloadVolume) => F,
): (Omit<CopyOfOne, 'disk'> & WithDisks<F>) | undefined {
  const [main, ...more] = volumesOf(workload).map(fromOf);
  if (main === undefined || !moreVolumes.known) return undefined;
  const moreDisks = moreVolumes.value.flatMap(({ name, sizeGiB }, index) => {
    const from = more[index];
    return from === undefined ? [] : [{ ...copy.disk, name, sizeGiB, from }];
  });
  if (moreDisks.length < more.length) return undefined;
  return {
    ...copy,
    disk: { ...copy.disk, from: main },
    ...(moreDisks.length > 0 && { moreDisks }),
  };
}

type Wish = Omit<NewDisk, 'from'>;
type CopyOfOne = Omit<CopyInput, 'disk' | 'moreDisks'> & { readonly disk: Wish };

interface WithDisks<F> {
  readonly disk: Wish & { readonly from: F };
  readonly moreDisks?: readonly (Wish & { readonly from: F })[];
}

/** Databases bear it that writes wait for so long; people hardly notice. */
const freezeAtMostMs = 10_000;
/** More of them hardly ever gain anything. */
const warmAtMost = 5;
/** A pass may take four times as long as the worst that was foretold, and never less than an hour. */
const shortestPassMs = 3_600_000;

function copyOf(facts: Facts, target: Target, options: RunOptions): CopyOfOne | undefined {
  const move = moveOf(facts, target, target.zones, options);
  if (move === undefined || !facts.volume.known) return undefined;
  const passes = options.downtime?.phases.filter(({ name }) => name.endsWith('-pass')) ?? [];
  const worstMs = Math.max(0, ...passes.map(({ worstSeconds }) => worstSeconds * 1000));
  const finalAtMostSeconds = finalLimit(options);
  return {
    ...move,
    disk: {
      name: facts.volume.value.name,
      sizeGiB: target.sizeGiB,
      diskType: target.diskType,
      ...(target.tags !== undefined && { tags: target.tags }),
    },
    passes: {
      warmAtMost,
      passTimeoutMs: Math.max(shortestPassMs, Math.ceil(4 * worstMs)),
      ...(finalAtMostSeconds !== undefined && { finalAtMostSeconds }),
      ...(straightWay({ facts, target }).verdict === 'holds' && { way: 'direct' }),
    },
  };
}

/** What the budget leaves for the final pass, when everything else takes as long as it likely does. */
function finalLimit({ budgetSeconds, downtime }: RunOptions): number | undefined {
  if (budgetSeconds === undefined || downtime === undefined) return undefined;
  const others = downtime.phases.filter(({ serving, name }) => serving === 'nobody' && name !== 'final-pass');
  const likely = others.reduce((sum, { likelySeconds }) => sum + likelySeconds, 0);
  return Math.max(1, Math.floor(budgetSeconds - likely));
}
