import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { callOf } from '../src/calls.ts';
import { callsOf, rulesOf } from '../src/permissions.ts';
import { openFake } from './open-fake.ts';
import { callNames, rulesText, verbsTable } from './roles.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

it.each(['observe-and-plan', 'apply'] as const)(
  'the README names the rules of %s as the code needs them',
  (which) => {
    const found = new RegExp(`<!-- ${which} -->\\n+\`\`\`text\\n([\\s\\S]*?)\\n\`\`\``).exec(readme)?.[1];
    expect(found).toBe(rulesText(which));
  },
);

it('the README names what each verb calls', () => {
  const rows = readme.replace(/ +\|/g, ' |');
  for (const [verb, line] of verbsTable()) expect(rows).toContain(`| \`${verb}\` | ${line} |`);
});

it('every call that changes something belongs to a verb', () => {
  const used = new Set(Object.values(callsOf).flat());
  const changing = callNames().filter((name) => callOf(name).changes);
  expect(changing.filter((name) => !used.has(name))).toEqual([]);
});

it('nobody is told that a call is allowed: the answer is unknown, with the rules that will decide', async () => {
  const { cloud, clock } = await openFake();
  const verbs = [{ verb: 'volumes.detach' }, { verb: 'snapshots.share' }] as const;
  const [detach, share] = (await clock.run(cloud.permissions.check(verbs)))._unsafeUnwrap();
  expect(detach).toMatchObject({ verb: 'volumes.detach', allowed: 'unknown' });
  expect(detach?.actions).toContain('os_compute_api:os-volumes-attachments:delete');
  expect(detach?.actions).toEqual(rulesOf('volumes.detach'));
  expect(share).toMatchObject({ allowed: 'unknown', actions: [], why: 'OpenStack has no such call.' });
});
