/**
 * What a subject tells when it is done: its counts, and what its whole process has used, start included.
 */

/** The answer of one subject. */
export interface Answer {
  /** Keys of the first side that the second does not have. */
  readonly orphans: number;
  /** The other way round; left out by tools that give one direction only. */
  readonly missing?: number;
  readonly cpuSeconds: number;
  readonly systemSeconds: number;
  readonly peakMiB: number;
}

/** Says it on stdout, last thing in the process. */
export function answer(counts: Pick<Answer, 'orphans' | 'missing'>): void {
  const { user, system } = process.cpuUsage();
  const said: Answer = {
    ...counts,
    cpuSeconds: (user + system) / 1e6,
    systemSeconds: system / 1e6,
    peakMiB: process.resourceUsage().maxRSS / 1024,
  };
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
