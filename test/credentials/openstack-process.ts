// A program that uses OpenStack, started with the log of Node's own network code wide open. It finds its credentials
// where any client does, in the environment, prints all that it gets to see, and keeps a journal. `openstack.test.ts`
// starts it and searches what it leaves behind.

import { type Cloud, cloudRegistry } from '@belay/cloud';
import { connectOpenstack, type Fetch } from '@belay/openstack';
import { openRunner, sqliteJournal } from '@belay/runner';
import { useEverything } from './everything.ts';
import { failing } from './failing-graph.ts';

/** What goes wrong on the way, in this order; the server makes it so. */
export const ways = ['well', 'refused', 'forbidden', 'gateway', 'echo', 'cut'] as const;

const [, , server = '', folder = '', zone = '', imageId = '', instanceType = '', diskType = ''] =
  process.argv;
const userData = `#cloud-config\npassword: ${process.env['GUEST_PASSWORD']}\n`;

/** The services have names that only this server knows: it is told them, and the way, in the path. */
function by(way: string): Fetch {
  return (url, init) => fetch(`${server}/${way}/${encodeURIComponent(url)}`, init);
}

async function connected(way: string): Promise<Cloud> {
  const found = await connectOpenstack({ fetch: by(way), visibilityMs: 300, settleMs: 300 });
  if (found.isErr()) throw new Error(JSON.stringify(found.error));
  return found.value;
}

for (const way of ways) {
  // Whoever is refused from the beginning never gets as far as a verb.
  const opened = way === 'well' ? 'well' : `well-then-${way}`;
  const around = { zone, imageId, instanceType, diskType, userData, recordName: 'www.shop.example.' };
  const timeoutMs = way === 'well' ? 60_000 : 2_500;
  const seen = await useEverything(await connected(opened), { ...around, run: way, timeoutMs });
  for (const one of seen) console.log(JSON.stringify(one));
}
const refused = await connectOpenstack({ fetch: by('refused') });
console.log(JSON.stringify(refused.isErr() ? refused.error : 'let in'));

const cloud = await connected('well-then-no-snapshots');
const runner = await openRunner({
  graphs: [failing],
  services: { clouds: cloudRegistry([cloud]) },
  journal: sqliteJournal(`${folder}/runs.db`),
});
const outcome = await runner.run(failing, { at: cloud.at, zone, diskType }, { id: 'run-1' });
console.log(JSON.stringify(outcome.isOk() ? outcome.value : outcome.error));
for await (const event of runner.events('run-1')) console.log(JSON.stringify(event));
await runner.close();
