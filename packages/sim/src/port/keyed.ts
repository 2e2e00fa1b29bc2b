import { type CloudError, findVisible, KEY_TAG, keyTag, tokenOf, waitFor } from '@belay/cloud';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import { fingerprint } from '../random.ts';
import { isPassing, type Task } from './task.ts';

/**
 * Creates that can be repeated: by the provider's token where it keeps one, else by the key as a tag that is written
 * with the create and looked for before it. Whatever became of an earlier answer, one key makes one resource.
 */
export interface Keyed<R> {
  /** `volume`: goes into the token. */
  readonly kind: string;
  readonly key: string;
  /** Everything that was asked for, to tell a repetition from another wish. */
  readonly spec: unknown;
  /** Does this create take a token here? */
  readonly takesToken: boolean;
  readonly list: () => Promise<Result<readonly R[], CloudError>>;
  readonly isAlive: (resource: R) => boolean;
  readonly create: (
    tags: Readonly<Record<string, string>>,
    token: string | undefined,
  ) => Promise<Result<string, CloudError>>;
}

interface Tagged {
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Written beside the key, and never shown: a fingerprint of the spec. */
const specTag = 'belay:spec';

const mostGenerations = 5;
const lostTries = 3;

/** Gives the id of what was made under the key, now or before. */
export async function createKeyed<R extends Tagged>(
  task: Task,
  keyed: Keyed<R>,
): Promise<Result<string, CloudError>> {
  const end = await task.turns.take(`${keyed.kind}/${keyed.key}`, task.signal);
  if (end === undefined)
    return err(task.fail('cancelled', `Another create under ${keyed.key} was going on.`));
  try {
    return await createInTurn(task, keyed);
  } finally {
    end();
  }
}

async function createInTurn<R extends Tagged>(
  task: Task,
  keyed: Keyed<R>,
): Promise<Result<string, CloudError>> {
  const tags = { [KEY_TAG]: keyTag(keyed.key), [specTag]: fingerprint(JSON.stringify(keyed.spec)) };
  // The token makes a wrong "not there" harmless, so one look is enough; without it, only a sure one will do.
  let sure = !keyed.takesToken;
  let generation = 0;
  for (let lost = 0; ; ) {
    const found = sure ? await findKeyed(task, keyed) : await lookOnce(task, keyed);
    if (found.isErr()) return err(found.error);
    if (found.value !== undefined) return sameSpec(task, keyed, tags, found.value);
    const token = keyed.takesToken
      ? tokenOf({ key: keyed.key, kind: keyed.kind, verb: 'create', generation })
      : undefined;
    const made = await keyed.create(tags, token);
    if (made.isOk()) return made;
    const { error } = made;
    if (error.code === 'IdempotentParameterMismatch' && error.lastState === 'deleted') {
      // Spent on something that is gone. Nothing alive carries the key, which a sure look has to confirm.
      if (sure) generation += 1;
      sure = true;
      if (generation > mostGenerations) return made;
      continue;
    }
    if (!isPassing(error) && error.kind !== 'quota') return made;
    // A quota may be said to be full by the very resource that an earlier try made.
    sure = !keyed.takesToken || error.kind === 'quota';
    if (error.kind === 'quota') {
      const mine = await findKeyed(task, keyed);
      if (mine.isErr() || mine.value === undefined) return made;
      return sameSpec(task, keyed, tags, mine.value);
    }
    lost += 1;
    if (lost >= lostTries) return made;
  }
}

/** What carries the key; `undefined` only after looks that may be believed. Two of them are nobody's to choose from. */
export async function findKeyed<R extends Tagged>(
  task: Task,
  keyed: Pick<Keyed<R>, 'key' | 'list' | 'isAlive'>,
): Promise<Result<R | undefined, CloudError>> {
  return findVisible<R>({
    look: () => new ResultAsync(lookOnce(task, keyed)),
    windowMs: task.world.profile.visibilityMs,
    clock: task.clock,
    chance: task.chance,
    signal: task.signal,
    timeoutMs: task.leftMs(),
    provider: task.world.at.provider,
    operation: task.operation,
  });
}

/** Looks until a resource that may just have been made is shown, or it is sure that there is none. */
export async function getVisible<R>(
  task: Task,
  look: () => Promise<Result<R, CloudError>>,
): Promise<Result<R, CloudError>> {
  let missing: CloudError | undefined;
  const seen = await waitFor<R | undefined>({
    observe: () =>
      new ResultAsync(
        look().then((answer) => {
          if (answer.isOk() || answer.error.kind !== 'not-found') return answer;
          missing = answer.error;
          return ok(undefined);
        }),
      ),
    until: (found, elapsedMs) =>
      found !== undefined || elapsedMs >= task.world.profile.visibilityMs ? 'yes' : 'not-yet',
    clock: task.clock,
    chance: task.chance,
    signal: task.signal,
    timeoutMs: task.leftMs(),
    provider: task.world.at.provider,
    operation: task.operation,
    applied: 'no',
  });
  return seen.andThen((found) =>
    found !== undefined ? ok(found) : err(missing ?? task.fail('not-found', 'It does not exist.')),
  );
}

/** The tags that a caller gets to see. */
export function visibleTags(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { [specTag]: _, ...visible } = tags;
  return visible;
}

/** Does a resource carry all of these tags? */
export function hasTags(resource: Tagged, tags: Readonly<Record<string, string>> = {}): boolean {
  return Object.entries(tags).every(([name, value]) => resource.tags[name] === value);
}

async function lookOnce<R extends Tagged>(
  task: Task,
  keyed: Pick<Keyed<R>, 'key' | 'list' | 'isAlive'>,
): Promise<Result<R | undefined, CloudError>> {
  const tag = keyTag(keyed.key);
  const all = await keyed.list();
  return all.andThen((resources) => {
    const mine = resources.filter((one) => one.tags[KEY_TAG] === tag && keyed.isAlive(one));
    if (mine.length <= 1) return ok(mine[0]);
    const ids = mine.map(({ id }) => id).join(' and ');
    return err(task.fail('idempotency-mismatch', `The key ${keyed.key} is carried by ${ids}.`));
  });
}

function sameSpec<R extends Tagged>(
  task: Task,
  keyed: Keyed<R>,
  tags: Readonly<Record<string, string>>,
  found: R,
): Result<string, CloudError> {
  if (found.tags[specTag] === tags[specTag]) return ok(found.id);
  return err(
    task.fail('idempotency-mismatch', `The key ${keyed.key} made ${found.id} before, from another spec.`, {
      resourceId: found.id,
    }),
  );
}
