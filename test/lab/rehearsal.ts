// What the page of the command says to try on a box, done word for word: its files, its commands, each a process of its
// own, while somebody visits the page that moves. Every visit that was answered must be counted at the end.

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pause } from './open.ts';
import { check, type Story } from './story.ts';

const root = join(import.meta.dirname, '..', '..');
const belay = join(root, 'packages', 'cli', 'src', 'bin.ts');

export const rehearsals: readonly Story[] = [
  {
    title:
      'the rehearsal of the command’s page: planned, applied, taken back, recovered, and no visit is lost',
    async play(folder) {
      mkdirSync(folder, { recursive: true });
      symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
      for (const [name, text] of filesOfPage()) writeFileSync(join(folder, name), text);
      const page = (await ran(folder, 'node stage.ts begin')).trim();
      const guests = visitors(page);
      try {
        const first = await ran(folder, 'npx belay plan visits --to large');
        check(/^Strategy +volume swap/m.test(first), `It was planned otherwise: ${first}`);
        await ran(folder, `npx belay apply ${digestIn(first)}`);
        check(/success .*finished/.test(await ran(folder, 'npx belay status')), 'The log says otherwise.');
        await ran(folder, `npx belay revert last --reason 'only a rehearsal'`);
        const [workload] = JSON.parse(readFileSync(join(folder, 'workloads.json'), 'utf8'));
        await ran(folder, `node stage.ts pull-plug ${workload.instance.id}`);
        const second = await ran(folder, 'npx belay recover visits --way surviving-volume');
        check(
          /^Way .*surviving disk[^\n]*loses\s+nothing that had reached the disk/m.test(second),
          `A loss: ${second}`,
        );
        await ran(folder, `npx belay apply ${digestIn(second)}`);
        await guests.again();
      } finally {
        await guests.leave();
      }
      const counted = Number.parseInt(await (await fetch(page)).text(), 10);
      check(guests.answered() > 10, `Only ${guests.answered()} visits were answered.`);
      // One that was counted and whose answer did not come back is no loss.
      check(
        counted >= guests.answered(),
        `${guests.answered()} visits were answered, ${counted} are counted.`,
      );
      await ran(folder, 'node stage.ts end');
    },
  },
];

/** The files that the page shows, by the names that it gives them. */
function filesOfPage(): readonly (readonly [string, string])[] {
  const page = readFileSync(join(root, 'packages', 'cli', 'README.md'), 'utf8');
  const section = /^## Rehearse a migration on your own box\n([\s\S]*?)^## /m.exec(page)?.[1] ?? '';
  const files = [...section.matchAll(/^`([\w.]+)`[^`]*\n\n```\w+\n([\s\S]*?)^```$/gm)];
  const named = files.map(([, name = '', text = '']) => [name, text] as const);
  check(named.length === 3, `The page shows ${named.map(([name]) => name).join(', ') || 'no file'}.`);
  return named;
}

function digestIn(plan: string): string {
  const digest = /^Approve +(sha256:\w+)/m.exec(plan)?.[1];
  if (digest === undefined) throw new Error(`There is nothing to approve: ${plan}`);
  return digest;
}

/** A line of the page, with the sources of this repository in place of what would be installed. Gives what it wrote. */
function ran(folder: string, line: string): Promise<string> {
  const [program, script, ...rest] = line
    .split(/ (?=(?:[^']*'[^']*')*[^']*$)/)
    .map((word) => word.replaceAll("'", ''));
  const words = program === 'npx' ? [belay, ...rest] : [script ?? '', ...rest];
  const child = spawn(process.execPath, ['--conditions=@belay/source', ...words], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (bytes: Buffer) => {
    stdout += bytes.toString('utf8');
  });
  child.stderr.on('data', (bytes: Buffer) => {
    stderr += bytes.toString('utf8');
  });
  return new Promise((resolve, reject) => {
    child.once('close', (code) => {
      if (code === 0) resolve(stdout);
      else reject(new Error(`${line}: ended with ${code}: ${stdout}${stderr}`));
    });
  });
}

interface Visitors {
  /** So many visits were answered. */
  answered(): number;
  /** Resolves when one more has been answered. */
  again(): Promise<void>;
  leave(): Promise<void>;
}

/** Somebody who visits the page ten times a second, whether or not it is there. */
function visitors(page: string): Visitors {
  let answered = 0;
  let isLeaving = false;
  const visiting = (async () => {
    while (!isLeaving) {
      const visit = fetch(page, { method: 'POST', signal: AbortSignal.timeout(2_000) });
      const isAnswered = await visit
        .then((answer) => answer.text())
        .then(
          () => true,
          () => false,
        );
      if (isAnswered) answered += 1;
      await pause(100);
    }
  })();
  return {
    answered: () => answered,
    async again() {
      const before = answered;
      for (let i = 0; i < 300 && answered === before; i += 1) await pause(100);
      check(answered > before, 'Nobody answers after the recovery.');
    },
    async leave() {
      isLeaving = true;
      await visiting;
    },
  };
}
