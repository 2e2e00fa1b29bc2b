/**
 * Where a workload lives by the journal. A run that leads the world to another server ends with that server's id; the
 * description of the workload still names the old one until somebody writes the new one down. Nothing may be planned in
 * between: an old server with an old disk looks like a workload that does not serve.
 */

import { formatRef, type Place, type Ref, refAt } from '@belay/cloud';
import type { Acceptance, Workload } from '@belay/planner';
import type { RunRow, StoredEvent } from '@belay/runner';
import { okAsync, type ResultAsync } from 'neverthrow';
import type { Desk } from '../session/desk.ts';

/** A server, and the run that led there. */
export interface LivesAt {
  readonly runId: string;
  readonly server: Ref;
  /** The disks that the run made for the data, the main one first; none where the disks came along. */
  readonly disks: readonly DiskOf[];
}

/** What takes the place of a disk in the description. */
interface DiskOf {
  readonly mountPoint: string;
  readonly volumeId: string;
  readonly filesystemUuid: string;
}

/** The name of the risk that somebody takes who knows better than the journal. */
export const livesElsewhere = 'lives-elsewhere';

/** `undefined` where no run of the journal has led it anywhere, or all of them were taken back. */
function livesAt(
  { runner, journal }: Pick<Desk, 'runner' | 'journal'>,
  workload: string,
): ResultAsync<LivesAt | undefined, { readonly message: string }> {
  if (runner === undefined) return okAsync(undefined);
  return runner
    .list({ key: `node/${workload}` })
    .map((rows) => rows.filter(({ graph, state }) => leading.has(graph) && state === 'success'))
    .andThen((rows) => {
      const newest = rows.at(-1);
      if (newest === undefined) return okAsync(undefined);
      return runner
        .wait(newest.runId)
        .andThen((outcome) =>
          journal
            .read(newest.runId, 1, newest.lastSeq)
            .map((events) => ledBy(newest, outcome.state === 'success' ? outcome.output : undefined, events)),
        );
    })
    .mapErr(({ message }) => ({ message }));
}

/** The sentence that ends a plan whose description is out of date; `undefined` where it is not, or somebody knows better. */
export async function mustLiveThere(
  desk: Pick<Desk, 'runner' | 'journal'>,
  { name, instance }: Workload,
  accept: readonly Acceptance[],
): Promise<string | undefined> {
  if (accept.some(({ guard }) => guard === livesElsewhere)) return undefined;
  const lives = await livesAt(desk, name);
  if (lives.isErr()) return lives.error.message;
  if (lives.value === undefined || formatRef(lives.value.server) === formatRef(instance)) return undefined;
  const { runId, server } = lives.value;
  return `by ${runId} ${name} lives on ${server.id}, and its description names ${instance.id}. ${writeDown(lives.value)}. Where you know better: --accept-risk=${livesElsewhere}`;
}

/** What is to be changed in the description. */
export function writeDown({ server, disks }: LivesAt): string {
  const parts = disks.map(({ mountPoint, volumeId, filesystemUuid }) => {
    const where = disks.length === 1 ? '' : `at ${mountPoint} `;
    return `${where}volumeId ${volumeId}, filesystemUuid ${filesystemUuid}`;
  });
  const all = [`instance.id ${server.id}`, ...parts];
  return `Write it down with the workload: ${all.join(disks.length > 1 ? '; ' : ', ')}`;
}

const leading: ReadonlySet<string> = new Set([
  'volume-swap',
  'snapshot-clone',
  'rsync',
  'recover',
  'takeover',
]);

/** From what a run was told, what it gave, and what its steps gave. */
export function ledBy(
  { runId, graph, input }: Pick<RunRow, 'runId' | 'graph' | 'input'>,
  output: unknown,
  events: readonly StoredEvent[],
): LivesAt | undefined {
  const server = idIn(part(output, 'target')) ?? idIn(part(output, 'server'));
  const at = placeIn(part(part(input, 'standby'), 'at')) ?? placeIn(part(input, 'at'));
  if (server === undefined || at === undefined || !leading.has(graph)) return undefined;
  return { runId, server: refAt(at, server), disks: disksMade(input, events) };
}

/** Each disk is made by a step of its own: `make-disk`, or `make-disk-2` of several, in the order of the volumes. */
function disksMade(input: unknown, events: readonly StoredEvent[]): readonly DiskOf[] {
  const more: unknown = part(input, 'moreVolumes');
  const volumes: readonly unknown[] = [part(input, 'volume'), ...(Array.isArray(more) ? more : [])];
  return volumes.flatMap((volume, index) => {
    const step = volumes.length === 1 ? 'make-disk' : `make-disk-${index + 1}`;
    const made = events.findLast(({ event }) => event.kind === 'done' && event.step === step)?.event;
    const mountPoint = part(volume, 'mountPoint');
    const [volumeId, filesystemUuid] = ['volumeId', 'filesystemUuid'].map((name) =>
      part(part(made, 'output'), name),
    );
    return typeof mountPoint === 'string' &&
      typeof volumeId === 'string' &&
      typeof filesystemUuid === 'string'
      ? [{ mountPoint, volumeId, filesystemUuid }]
      : [];
  });
}

function part(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function idIn(value: unknown): string | undefined {
  const id = part(value, 'id');
  return typeof id === 'string' ? id : undefined;
}

function placeIn(value: unknown): Place | undefined {
  const [provider, account, region] = ['provider', 'account', 'region'].map((name) => part(value, name));
  return typeof provider === 'string' && typeof account === 'string' && typeof region === 'string'
    ? { provider, account, region }
    : undefined;
}
