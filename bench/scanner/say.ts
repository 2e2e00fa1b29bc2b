/**
 * Words for the person who waits. They go to stderr: stdout carries the figures alone.
 */
export function say(sentence: string): void {
  process.stderr.write(`bench: ${sentence}\n`);
}
