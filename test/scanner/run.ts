// npm run test:scanner:real: the deletion scanner over a PostgreSQL as Debian packages it and S3 as moto emulates it.
// First every promise of the ports, side by side. Then the accident, again and again by seed: the database is killed, cut
// off, swallowed by a firewall, made read-only, restored empty, promoted from a stale replica, truncated, or out of
// connection slots, at a random statement of a scan or of a sweep. After each history every needed archive must be there
// and no row of the registry touched; the breaker must be open where something was noticed, and somebody told. In the end
// all true orphans must be gone.
//
// What it does to this machine: PostgreSQL clusters and a ledger in a temporary folder and moto in `.cache`, on free
// ports of the loopback interface, all ended again. `--histories 20`, `--archives 300`, `--seed 7` (one history),
// `--only ports|commands|accident`.

import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { itemKey, itemKind, keyPrefix, scopeOf } from '@belay/scanner';
import {
  inventoryCases,
  registryCases,
  removerCases,
  runSideConformance,
  type SideReport,
} from '@belay/scanner/conformance';
import { startEmulator } from '../aws/emulator.ts';
import { checkCommands } from './commands.ts';
import { endWell, playHistory } from './history.ts';
import { type Postgres, startPostgres } from './postgres.ts';
import { application, postgresSubject, putEntries } from './subject-postgres.ts';
import { makeBucket, s3At, s3Subject } from './subject-s3.ts';
import { wireSwitch } from './switch.ts';
import { install } from './world.ts';

const say = (line: string): void => console.log(line);
const flag = (name: string): string | undefined => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};
const only = flag('--only');
const startedMs = Date.now();
const problems: string[] = [];
const clusters: Postgres[] = [];
const folder = mkdtempSync(join(tmpdir(), 'belay-scanner-'));
// PostgreSQL runs as a user of its own and must get to its folder.
chmodSync(folder, 0o755);
const emulator = await startEmulator(say);
const endAll = async (): Promise<void> => {
  for (const cluster of clusters) await cluster.remove();
  await emulator.stop();
  rmSync(folder, { recursive: true, force: true });
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void endAll().finally(() => process.exit(1)));
}
try {
  if (only === undefined || only === 'ports') await checkPorts();
  if (only === undefined || only === 'commands') await checkTheCommands();
  if (only === undefined || only === 'accident') await replayAccidents();
} finally {
  await endAll();
}
for (const problem of problems) console.error(`FAILED ${problem}`);
const seconds = Math.round((Date.now() - startedMs) / 1_000);
say(
  `test:scanner:real: ${problems.length === 0 ? 'all passed' : `${problems.length} problems`}, ${seconds} s`,
);
process.exitCode = problems.length === 0 ? 0 : 1;

async function cluster(name: string): Promise<Postgres> {
  const made = await startPostgres(join(folder, name));
  clusters.push(made);
  await made.run(application);
  return made;
}

async function checkPorts(): Promise<void> {
  const scope = scopeOf({
    prefixes: ['backups/', 'old/'].map((prefix) => keyPrefix(prefix)._unsafeUnwrap()),
    kinds: [itemKind('archive')._unsafeUnwrap()],
  })._unsafeUnwrap();
  const database = await cluster('ports');
  report(await runSideConformance(registryCases, postgresSubject(database, scope)), ['R18']);
  const s3 = s3At(emulator.url);
  await makeBucket(s3, 'ports', { lock: true });
  const subject = s3Subject(s3, 'ports', scope);
  report(await runSideConformance(inventoryCases, subject), []);
  report(await runSideConformance(removerCases, subject), []);
}

async function checkTheCommands(): Promise<void> {
  const database = await cluster('commands');
  const home = join(folder, 'commands-home');
  mkdirSync(home);
  say('the commands, over S3 and PostgreSQL:');
  const place = { endpoint: emulator.url, s3: s3At(emulator.url), database, folder: home, say };
  problems.push(...(await checkCommands(place)));
}

/** A case that was not put is a problem too, unless it is known to be out of reach here. */
function report({ subject, results }: SideReport, beyond: readonly string[]): void {
  const passed = results.filter(({ verdict }) => verdict === 'passed').length;
  say(`${subject}: ${passed} of ${results.length} promises kept`);
  for (const { id, title, verdict, detail } of results) {
    if (verdict === 'passed' || (verdict === 'out-of-reach' && beyond.includes(id))) continue;
    problems.push(`${subject} ${id}, ${title}: ${verdict}: ${detail}`);
  }
}

async function replayAccidents(): Promise<void> {
  const database = await cluster('shop');
  const empty = await cluster('empty');
  const wire = await wireSwitch(database.port);
  const s3 = s3At(emulator.url);
  await makeBucket(s3, 'offsite', { lock: false });
  const world = await install({
    database,
    wire,
    s3,
    bucket: 'offsite',
    folder,
    // What a scan costs here is the emulator's own work for each key of a listing. Pages and fetches are small instead.
    neededCount: Number(flag('--archives') ?? 400),
  });
  const stale = await database.standby();
  clusters.push(stale);
  await stale.promote();
  // The promoted one knows nothing of these.
  const young = [...world.needed.values()].slice(0, 60).map((entry) => ({
    ...entry,
    key: itemKey(`${entry.key}.young`)._unsafeUnwrap(),
  }));
  await putEntries(database, young);
  for (const entry of young) {
    await world.store(entry.key);
    world.needed.set(entry.key, entry);
  }
  say(`${world.needed.size} archives and rows are in place`);
  try {
    const place = { database, wire, empty, stale };
    const one = flag('--seed');
    const count = one === undefined ? Number(flag('--histories') ?? 200) : 1;
    const seen = new Map<string, number>();
    for (let i = 0; i < count; i++) {
      const seed = one === undefined ? i + 1 : Number(one);
      const history = await playHistory(seed, world, place);
      for (const word of history.words) seen.set(word, (seen.get(word) ?? 0) + 1);
      for (const problem of history.problems) {
        problems.push(`${problem}\n  replay: npm run test:scanner:real -- --only accident --seed ${seed}`);
      }
      if (history.problems.length > 0) break;
      say(`seed ${seed}: ${history.words.join('; ')}`);
    }
    for (const [word, times] of [...seen].sort()) say(`  ${times} × ${word}`);
    if (problems.length === 0) problems.push(...(await endWell(world)));
  } finally {
    world.close();
    await wire.close();
  }
}
