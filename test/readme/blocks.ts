// Finds the examples of a Markdown page that say they can be run: a `ts` fence with the word `run` after it, or
// with `// run` as its first line. Where the next fence is `text output`, that is what the example must print.

export interface Example {
  /** The line on which the fence opens, counted from 1. */
  readonly line: number;
  readonly code: string;
  readonly output: string | undefined;
}

export interface Fence {
  readonly line: number;
  readonly info: readonly string[];
  readonly body: string;
}

export function examplesOf(page: string): readonly Example[] {
  const fences = fencesOf(page);
  return fences.flatMap((fence, index) => {
    if (!isRunnable(fence)) return [];
    const next = fences[index + 1];
    const output = next?.info[0] === 'text' && next.info.includes('output') ? next.body : undefined;
    return [{ line: fence.line, code: fence.body, output }];
  });
}

function isRunnable({ info, body }: Fence): boolean {
  if (info[0] !== 'ts') return false;
  return info.includes('run') || body.split('\n')[0]?.trim() === '// run';
}

/** All the fenced blocks of a page, in their order. */
export function fencesOf(page: string): readonly Fence[] {
  return [...page.matchAll(/^(```+)([^\n`]*)\n([\s\S]*?)^\1[ \t]*$/gm)].map(
    ({ index, 2: info, 3: body }) => ({
      line: page.slice(0, index).split('\n').length,
      info: (info ?? '').trim().split(/\s+/),
      body: body ?? '',
    }),
  );
}
