import type { CloudResult } from '@belay/cloud';
import { err, ok, ResultAsync } from 'neverthrow';
import type { CommandEnd } from './machine.ts';
import { fail, type Span } from './span.ts';

/** Runs a command of the box that must succeed, and gives what it wrote. Its own words are in the error. */
export function command(span: Span, argv: readonly string[], input?: string): CloudResult<string> {
  const { machine } = span.site;
  return new ResultAsync(
    machine.run(argv, input).then((end) => (end.code === 0 ? ok(end.stdout) : err(refused(span, argv, end)))),
  );
}

/** Runs a command whose failure is no news, such as taking away what may be gone already. */
export function tryCommand(span: Span, argv: readonly string[]): Promise<CommandEnd> {
  return span.site.machine.run(argv);
}

function refused(span: Span, argv: readonly string[], { code, stderr }: CommandEnd) {
  const words = stderr.trim().split('\n').at(-1) ?? '';
  const how = code === undefined ? 'could not be run' : `ended with ${code}`;
  const message = `On the box ${argv[0]} ${how}${words === '' ? '' : `: ${words}`}.`;
  return fail(span, 'failed', message, {
    applied: 'unknown',
    code: code === undefined ? undefined : String(code),
  });
}
