/**
 * Mutants that make no difference to anybody's safety, each with its reason: found by a part of their line, so that they
 * move with it.
 */

interface Same {
  readonly path: string;
  /** A part of the line. */
  readonly line: string;
  /** The beginning of what it does; left out, all mutants of the line. */
  readonly what?: string;
  readonly why: string;
}

const narrows =
  'it is there for the compiler: in the other case the field is undefined, and the comparison fails by itself';
const canonical = 'a field that is undefined is left out of the canonical text and of every row';
const ours = 'an assertion: only a mistake in this very file could make it speak';

const same: readonly Same[] = [
  {
    path: 'src/rules/just-before.ts',
    line: "looked.found === 'yes'",
    what: "left out: looked.found === 'yes'",
    why: narrows,
  },
  {
    path: 'src/rules/just-before.ts',
    line: "const environment = looked.found === 'yes'",
    what: 'always',
    why: narrows,
  },
  {
    path: 'src/rules/just-before.ts',
    line: "one.verdict === 'not-needed' && one.entry",
    what: 'left out: one.verdict',
    why: narrows,
  },
  {
    path: 'src/rules/just-before.ts',
    line: "const entry = one.verdict === 'not-needed'",
    what: 'always',
    why: narrows,
  },
  {
    path: 'src/rules/just-before.ts',
    line: "one.verdict === 'not-needed' && one.neededUntil",
    what: 'left out: one.verdict',
    why: narrows,
  },
  {
    path: 'src/rules/just-before.ts',
    line: "one.verdict === 'not-needed' ? one.inUseBy",
    what: 'always',
    why: narrows,
  },
  {
    path: 'src/rules/just-before.ts',
    line: "one.verdict !== 'unknown' && one.hold",
    what: 'left out: one.verdict',
    why: narrows,
  },
  {
    path: 'src/rules/just-before.ts',
    line: "looked.dependants !== 'unknown'",
    what: "left out: looked.dependants !== 'unknown'",
    why: 'a text of seven letters is not empty either',
  },
  {
    path: 'src/rules/ripe.ts',
    line: 'flag.endedAt === undefined ? Number.NaN',
    what: 'never',
    why: 'no date is parsed as NaN too',
  },
  { path: 'src/scan/read-sides.ts', line: 'throw new Error(', why: ours },
  {
    path: 'src/scan/read-sides.ts',
    line: '!statements.has(name)',
    what: 'nothing is left out',
    why: 'a stream that has ended does not mind being told to stop',
  },
  {
    path: 'src/scan/scan.ts',
    line: 'evidence === undefined || doubts.length > 0',
    what: 'left out: evidence === undefined',
    why: 'without evidence there is always a doubt',
  },
  { path: 'src/scan/scan.ts', line: 'position === undefined ? []', what: 'never', why: canonical },
  {
    path: 'src/scan/scan.ts',
    line: 'if (sinceMs === undefined) return [];',
    what: 'the way is never taken',
    why: 'no time is later than none',
  },
  {
    path: 'src/sweep/act.ts',
    line: '...(message === undefined ? {} : { message })',
    what: 'never',
    why: canonical,
  },
  {
    path: 'src/sweep/act.ts',
    line: '...(token === undefined ? {} : { token })',
    what: 'never',
    why: canonical,
  },
  {
    path: 'src/sweep/act.ts',
    line: "'message' in answer ? answer.message",
    what: "left out: 'message' in answer",
    why: narrows,
  },
  {
    path: 'src/sweep/begin.ts',
    line: '...(line !== undefined && { line })',
    what: 'left out: line !== undefined',
    why: 'a ledger under a fence has a line: the one that raised it',
  },
  {
    path: 'src/sweep/sweep.ts',
    line: "rule === 'became-needed' ? 'needed' : 'unavailable'",
    why: 'of this error only its words and the rule go on',
  },
  {
    path: 'src/sweep/begin.ts',
    line: 'if (!hasMark) return;',
    what: 'the way is never',
    why: 'without a mark there is none to be raised',
  },
  {
    path: 'src/sweep/begin.ts',
    line: 'from.isErr() || to.isErr()',
    what: 'left out: from.isErr()',
    why: narrows,
  },
  {
    path: 'src/sweep/begin.ts',
    line: 'from.isErr() || to.isErr()',
    what: 'left out: to.isErr()',
    why: narrows,
  },
  {
    path: 'src/sweep/spend.ts',
    line: 'if (gone.isErr()) return;',
    why: 'the same rows were read and written a moment before',
  },
  {
    path: 'src/sweep/spend.ts',
    line: 'written.isErr() || written.value',
    what: 'the way is never',
    why: 'the same is written again',
  },
  {
    path: 'src/sweep/spend.ts',
    line: 'written.isErr() || written.value',
    what: 'left out:',
    why: 'the same is written again',
  },
  { path: 'src/sweep/settle.ts', line: '=== undefined) continue;', why: ours },
  {
    path: 'src/sweep/settle.ts',
    line: '...(token === undefined ? {} : { token })',
    what: 'never',
    why: canonical,
  },
  {
    path: 'src/sweep/undo.ts',
    line: 'end();',
    what: 'not done',
    why: 'what fires later ends a call that is over',
  },
  { path: 'src/sweep/undo.ts', line: 'if (claimed.isErr()) return;', why: 'the last line of its function' },
  {
    path: 'src/sweep/verify.ts',
    line: 'if (forgotten.isErr()) return;',
    why: 'the last line of its function',
  },
  {
    path: 'src/sweep/verify.ts',
    line: 'if (last === undefined) return ok(undefined);',
    what: 'the way is never taken',
    why: 'without a complete scan nobody comes here',
  },
  {
    path: 'src/sweep/verify.ts',
    line: "event.kind === 'attested'",
    what: 'left out: event.kind',
    why: narrows,
  },
  {
    path: 'src/sweep/begin.ts',
    line: 'if (told.isErr()) return;',
    why: 'the last line of its function: nothing comes after it',
  },
  {
    path: 'src/sweep/begin.ts',
    line: 'traits.keptMs !== undefined',
    what: 'left out: traits.keptMs !== undefined',
    why: 'undefined is less than nothing',
  },
  {
    path: 'src/sweep/act.ts',
    line: "act === 'quarantine' ? answer.token : row.token",
    what: "left out: act === 'quarantine'",
    why: 'whoever restores or deletes answers with the token that it was given',
  },
  {
    path: 'src/ledger.ts',
    line: 'if (line !== undefined) yield* seal.replace(line);',
    what: 'the way is always taken',
    why: 'a line was added a moment before, so there is a last one',
  },
  {
    path: 'src/ledger/file.ts',
    line: 'statements.set(db, known);',
    why: 'it is prepared again, in more time',
  },
  {
    path: 'src/ledger/file.ts',
    line: 'known.set(sql, statement);',
    why: 'it is prepared again, in more time',
  },
  { path: 'src/ledger/log.ts', line: "'run' in event ?", what: 'always', why: narrows },
  {
    path: 'src/ledger/flag.ts',
    line: 'if (waiting.length === rowsInTransaction) write();',
    what: 'the way is always taken',
    why: 'the same is written, in more time',
  },
  {
    path: 'src/s3/remover.ts',
    line: 'if (latest === undefined || judged',
    what: 'left out: latest === undefined',
    why: 'where there is no version at all, the judged one is not there either',
  },
  {
    path: 'src/merge/merge.ts',
    line: 'cursor.at = undefined;',
    what: 'not done',
    why: 'the batch that comes next takes its place',
  },
  {
    path: 'src/merge/merge.ts',
    line: 'cursor.isOver && cursor.at === undefined',
    what: 'left out: cursor.at === undefined',
    why: 'a side that is over has no batch',
  },
  {
    path: 'src/merge/merge.ts',
    line: 'if (order === 0) return true;',
    what: 'the way is never taken',
    why: 'the row after one that is equal is greater, and ends the loop in its turn',
  },
  { path: 'src/merge/merge.ts', line: 'cursor === undefined', why: ours },
  { path: 'src/merge/merge.ts', line: 'endedRow !== undefined', what: 'left out: endedRow', why: ours },
  {
    path: 'src/merge/merge.ts',
    line: 'const order = sameBytes(',
    what: 'never',
    why: 'the comparison finds the same, in more time',
  },
  {
    path: 'src/merge/compare.ts',
    line: 'if (difference !== 0) break;',
    what: 'the way is always taken',
    why: 'the steps of four find the same, in more time',
  },
  {
    path: 'src/merge/compare.ts',
    line: 'return false;',
    what: 'the way is always taken',
    why: 'who asks whether two are the same then compares them, in more time',
  },
  {
    path: 'src/merge/digest.ts',
    line: 'if (count === 0) return;',
    what: 'the way is never taken',
    why: 'nothing is added',
  },
  {
    path: 'src/merge/digest.ts',
    line: 'if (lengths.length < count)',
    what: 'the way is always taken',
    why: 'a fresh array holds the same, in more time',
  },
  {
    path: 'src/merge/tally.ts',
    line: 'if (prefix === undefined) return false;',
    what: 'the way is never',
    why: ours,
  },
  {
    path: 'src/merge/tally.ts',
    line: 'if (hasPrefix(batch, middle, prefix)) low = middle;',
    what: 'the way is never taken',
    why: 'row by row the same is counted, in more time',
  },
  {
    path: 'src/merge/tally.ts',
    line: "const [sizes, proofs] = 'sizes' in batch",
    what: 'always',
    why: narrows,
  },
  {
    path: 'src/merge/order.ts',
    line: 'if (row > 0 && compareBytes(',
    what: 'left out: row > 0',
    why: 'before the first row lies an empty key, which comes before every other',
  },
  {
    path: 'src/merge/witness.ts',
    line: 'kept = kept.filter(',
    what: 'turned round',
    why: 'the other half of the sample is as good',
  },
  {
    path: 'src/merge/witness.ts',
    line: 'if (expected.length > next)',
    what: 'the way is always taken',
    why: 'nobody is expected any more',
  },
];

/** Is this one of them? */
export function sameAs(path: string, line: string, what: string): boolean {
  return same.some(
    (one) =>
      path === one.path && line.includes(one.line) && (one.what === undefined || what.startsWith(one.what)),
  );
}
