/**
 * Where a workload lives by the journal. A run that leads the world to another server ends with that server's id; the
 * description of the workload still names the old one until somebody writes the new one down. Nothing may be planned in
 * between: an old server with an old disk looks like a workload that does not serve.
 */

import { formatRef, type Place, type Ref, refAt } from '@belay/cloud';
import type { Acceptance, Workload } from '@belay/planner';
import type { RunRow } from '@belay/runner';
import { ok, okAsync, type ResultAsync } from 'neverthrow';
import type { Desk } from '../session/desk.ts';

/** A server, and the run that led there. */
export interface LivesAt {
  readonly runId: string;
  readonly server: Ref;
  /** The disk that the run made for the data, where it made one. */
  readonly disk?: { readonly volumeId: string; readonly filesystemUuid: string } | undefined;
}

/** The name of the risk that somebody takes who knows better than the journal. */
export const livesElsewhere = 'lives-elsewhere';

/** `undefined` where no run of the journal has led it anywhere, or all of them were taken back. */
function livesAt(
  { runner }: Pick<Desk, 'runner'>,
  workload: string,
): ResultAsync<LivesAt | undefined, { readonly message: string }> {
  if (runner === undefined) return okAsync(undefined);
  return runner
    .list({ key: `node/${workload}` })
    .map((rows) => rows.filter(({ graph, state }) => leading.has(graph) && state === 'success'))
    .andThen((rows) => {
      const newest = rows.at(-1);
      if (newest === undefined) return ok(undefined);
      return runner
        .wait(newest.runId)
        .map((outcome) => ledBy(newest, outcome.state === 'success' ? outcome.output : undefined));
    })
    .mapErr(({ message }) => ({ message }));
}

/** The sentence that ends a plan whose description is out of date; `undefined` where it is not, or somebody knows better. */
export async function mustLiveThere(
  desk: Pick<Desk, 'runner'>,
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
export function writeDown({ server, disk }: LivesAt): string {
  const parts = [
    `instance.id ${server.id}`,
    ...(disk === undefined ? [] : [`volumeId ${disk.volumeId}`, `filesystemUuid ${disk.filesystemUuid}`]),
  ];
  return `Write it down with the workload: ${parts.join(', ')}`;
}

const leading: ReadonlySet<string> = new Set([
  'volume-swap',
  'snapshot-clone',
  'rsync',
  'recover',
  'takeover',
]);

/** From what a run was told, and what it gave. */
export function ledBy(
  { runId, graph, input }: Pick<RunRow, 'runId' | 'graph' | 'input'>,
  output: unknown,
): LivesAt | undefined {
  const server = idIn(part(output, 'target')) ?? idIn(part(output, 'server'));
  const at = placeIn(part(part(input, 'standby'), 'at')) ?? placeIn(part(input, 'at'));
  if (server === undefined || at === undefined || !leading.has(graph)) return undefined;
  const [volumeId, filesystemUuid] = ['volumeId', 'filesystemUuid'].map((name) =>
    part(part(output, 'disk'), name),
  );
  const hasDisk = typeof volumeId === 'string' && typeof filesystemUuid === 'string';
  return { runId, server: refAt(at, server), ...(hasDisk && { disk: { volumeId, filesystemUuid } }) };
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
