// Ten thousand histories of the scanner in virtual time, each from a seed: faults on both sides, lost answers, clocks
// that jump, processes that die, people who close the breaker without looking. Two things must hold in every one:
// nothing needed is deleted and a hold is a hold; and when the faults have ended, every true orphan goes in the end.
//
//   npm run soak:scanner                          10,000 histories from seed 1 on
//   npm run soak:scanner -- --histories 500 --from 20001
//   npm run soak:scanner -- --seed 4711           one of them, told step by step

import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { history, type Told } from './history.ts';

const { values } = parseArgs({
  options: {
    histories: { type: 'string', default: '10000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    /** Set by this program for its children: `first,step`. */
    part: { type: 'string' },
  },
});
const [histories, from] = [whole(values.histories), whole(values.from)];

if (values.seed !== undefined) process.exitCode = await replay(whole(values.seed));
else if (values.part !== undefined) await tellPart(values.part);
else process.exitCode = await tellAll();

async function replay(seed: number): Promise<number> {
  const told = await history(seed);
  for (const line of told.lines) print(line);
  print(told.wrongs.length === 0 ? `seed ${seed}: all is well` : `seed ${seed}: ${told.wrongs.join('; ')}`);
  return told.wrongs.length === 0 ? 0 : 1;
}

async function tellPart(part: string): Promise<void> {
  const [first = 0, step = 1] = part.split(',').map(Number);
  for (let n = first; n < histories; n += step) {
    const { seed, wrongs, deleted, scans } = await history(from + n);
    print(JSON.stringify({ seed, wrongs, deleted, scans }));
  }
}

async function tellAll(): Promise<number> {
  const started = performance.now();
  const parts = availableParallelism();
  let [told, deleted, complete, inconclusive] = [0, 0, 0, 0];
  const failed: number[] = [];
  const hear = (line: string): void => {
    const one = JSON.parse(line) as Omit<Told, 'lines'>;
    told += 1;
    deleted += one.deleted;
    complete += one.scans.complete;
    inconclusive += one.scans.inconclusive;
    if (one.wrongs.length > 0) {
      failed.push(one.seed);
      print(`seed ${one.seed}: ${one.wrongs.join('; ')}`);
      print(`  npm run soak:scanner -- --seed ${one.seed}`);
    }
    if (told % 500 === 0) print(`${told} of ${histories} histories, ${failed.length} failed`);
  };
  const codes = await Promise.all(
    Array.from({ length: parts }, (_, part) => child(`${part},${parts}`, hear)),
  );
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  print(
    `${told} histories in ${seconds} s: ${complete} complete scans, ${inconclusive} inconclusive, ${deleted} purges that deleted; ${failed.length} failed`,
  );
  // A part that died told less than it should have.
  return failed.length === 0 && told === histories && codes.every((code) => code === 0) ? 0 : 1;
}

async function child(part: string, hear: (line: string) => void): Promise<number | null> {
  const args = ['--conditions=@belay/source', import.meta.filename, '--part', part];
  const counts = ['--histories', String(histories), '--from', String(from)];
  const started = spawn(process.execPath, [...args, ...counts], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    started.once('error', reject).once('close', resolve);
  });
  for await (const line of createInterface({ input: started.stdout })) hear(line);
  return ended;
}

function whole(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`${text} is not a whole number`);
  return number;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
