// A folder as a store, against the promises of the scanner's ports and against what disks do.

import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  inventoryCases,
  type RemoverSubject,
  removerCases,
  runSideConformance,
} from '../../src/conformance.ts';
import { versionOf } from '../../src/folder/folder.ts';
import { folderHolds, folderInventory, folderRemover, markFolder } from '../../src/folder/index.ts';
import { type ItemKey, itemKey, itemKind, keyPrefix, runId, scopeOf } from '../../src/index.ts';

const archive = itemKind('archive')._unsafeUnwrap();
const scope = scopeOf({
  prefixes: ['backups/', 'old/'].map((prefix) => keyPrefix(prefix)._unsafeUnwrap()),
  kinds: [archive],
})._unsafeUnwrap();
const call = { run: runId('run-1')._unsafeUnwrap(), fence: 1 };

let path = '';
beforeEach(async () => {
  path = mkdtempSync(join(tmpdir(), 'belay-folder-'));
  for (const prefix of scope.prefixes) mkdirSync(join(path, prefix));
  const mark = { id: 'disk-1', environment: 'test' };
  (await markFolder({ ...folder(), mark }))._unsafeUnwrap();
});
afterEach(() => rmSync(path, { recursive: true, force: true }));

const folder = () => ({ name: 'disk', path });
const inventory = () =>
  folderInventory({ ...folder(), kinds: [archive], describe: () => ({ kind: archive }) });

function key(text: string): ItemKey {
  return itemKey(text)._unsafeUnwrap();
}

function put(text: string, body = 'first'): ItemKey {
  mkdirSync(dirname(join(path, text)), { recursive: true });
  writeFileSync(join(path, text), body);
  return key(text);
}

async function removal(text: string) {
  const [looked] = (await inventory().look([key(text)], {}))._unsafeUnwrap();
  if (looked?.found !== 'yes') throw new Error(`${text} is not there`);
  return { key: looked.key, kind: looked.kind, version: looked.version };
}

async function endOf() {
  const stream = inventory().read({ scope });
  for (;;) {
    const next = await stream.next();
    if (next.done === true) return next.value;
  }
}

test('it keeps every promise of the inventory and of the remover', async () => {
  const holds = folderHolds(folder());
  const clear = async () => {
    for (const prefix of scope.prefixes) {
      rmSync(join(path, prefix), { recursive: true, force: true });
      mkdirSync(join(path, prefix));
    }
    rmSync(join(path, '.belay/trash'), { recursive: true, force: true });
  };
  const subject: RemoverSubject = {
    name: 'folder',
    scope,
    inventory: inventory(),
    remover: folderRemover(folder()),
    lacks: ['conditional', 'leases'],
    // A file called a leaves no room for a folder called a.
    cannotKeep: ['a/b'],
    hands: {
      put: async (of, body = 'first') => put(of, body),
      remove: async (of) => rmSync(join(path, of)),
      hold: async (of, held) => {
        if (held) (await holds.add({ key: of, by: 'ann', reason: 'court' }))._unsafeUnwrap();
        else (await holds.remove(of))._unsafeUnwrap();
      },
      clear,
    },
  };
  const stored = await runSideConformance(inventoryCases, subject);
  const removed = await runSideConformance(removerCases, subject);
  for (const { results } of [stored, removed]) {
    expect(results.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
    expect(results.filter(({ verdict }) => verdict === 'passed').length).toBeGreaterThan(7);
  }
});

test('a disk that is not mounted, or another one in its place, is not an empty store', async () => {
  put('backups/a');
  rmSync(join(path, '.belay'), { recursive: true });
  expect((await endOf())._unsafeUnwrapErr()).toMatchObject({
    kind: 'not-believed',
    message: expect.stringContaining('its disk is not mounted'),
  });
  const looked = await inventory().look([key('backups/a')], {});
  expect(looked._unsafeUnwrapErr().kind).toBe('not-believed');
  const found = await folderRemover(folder()).find(
    [{ key: key('backups/a'), kind: archive, version: '1' }],
    call,
  );
  expect(found._unsafeUnwrapErr().kind).toBe('not-believed');
});

test('a missing folder of a prefix ends the reading instead of being an empty prefix', async () => {
  put('backups/a');
  rmSync(join(path, 'old'), { recursive: true });
  expect((await endOf())._unsafeUnwrapErr()).toMatchObject({
    kind: 'not-believed',
    message: expect.stringContaining('the folder old/ is not there'),
  });
});

test('a link is not followed out of the folder: the reading ends and names it', async () => {
  symlinkSync('/etc', join(path, 'backups', 'elsewhere'));
  const { kind, message } = (await endOf())._unsafeUnwrapErr();
  expect([kind, message]).toEqual([
    'not-believed',
    'disk: backups/elsewhere is neither a file nor a folder.',
  ]);
});

test("belay's own files are no items, and no prefix reaches into them", async () => {
  const prefixes = scopeOf({
    prefixes: [keyPrefix('.be')._unsafeUnwrap()],
    kinds: [archive],
  })._unsafeUnwrap();
  const first = await inventory().read({ scope: prefixes }).next();
  expect(first.done === true && first.value._unsafeUnwrapErr().kind).toBe('invalid');
});

test('a file that was written to since it was judged stays where it is', async () => {
  put('backups/a');
  const judged = await removal('backups/a');
  appendFileSync(join(path, 'backups/a'), 'more');
  const [answer] = (await folderRemover(folder()).quarantine([judged], call))._unsafeUnwrap();
  expect(answer).toMatchObject({ outcome: 'refused', because: 'version' });
  expect(readFileSync(join(path, 'backups/a'), 'utf8')).toBe('firstmore');
});

test('what comes back has its bytes and its version, also where its folder is gone meanwhile', async () => {
  put('backups/ann/1.tar', 'the bytes');
  const judged = await removal('backups/ann/1.tar');
  const remover = folderRemover(folder());
  const [aside] = (await remover.quarantine([judged], call))._unsafeUnwrap();
  if (aside?.outcome !== 'done') throw new Error('it was not put aside');
  rmSync(join(path, 'backups/ann'), { recursive: true });
  const [back] = (await remover.restore([{ ...judged, token: aside.token }], call))._unsafeUnwrap();
  expect(back?.outcome).toBe('done');
  expect(await removal('backups/ann/1.tar')).toEqual(judged);
  expect(readFileSync(join(path, 'backups/ann/1.tar'), 'utf8')).toBe('the bytes');
});

test('of two sweepers that raise the mark at once one is told that it was overtaken', async () => {
  const [one, two] = [folderRemover(folder()), folderRemover(folder())];
  const raised = await Promise.all([
    one.raiseFence(undefined, { ledger: 'one', fence: 1 }, {}),
    two.raiseFence(undefined, { ledger: 'two', fence: 1 }, {}),
  ]);
  expect(raised.filter((answer) => answer.isOk())).toHaveLength(1);
  const mark = (await one.fence({}))._unsafeUnwrap();
  expect(mark?.ledger).toBe(raised[0]?.isOk() === true ? 'one' : 'two');
});

test('a sweeper that was overtaken while it slept is told so, at whichever moment that was', async () => {
  const marked = join(path, '.belay/sweeper');
  let slept = 0;
  for (let moment = 1; ; moment += 1) {
    rmSync(marked, { recursive: true, force: true });
    const remover = folderRemover(folder());
    (await remover.raiseFence(undefined, { ledger: 'one', fence: 1 }, {}))._unsafeUnwrap();
    let asked = 0;
    const sleeping = {
      name: 'disk',
      get path() {
        asked += 1;
        // Others raise the mark again and again, and clear away what has been passed.
        if (asked === moment) for (const turn of [2, 3, 4, 5]) replace(turn);
        return path;
      },
    };
    const replace = (turn: number): void => {
      const mark = JSON.stringify({ ledger: 'two', fence: turn });
      writeFileSync(join(marked, `${turn}.json`), mark);
      rmSync(join(marked, `${turn - 2}.json`), { force: true });
    };
    const raised = await folderRemover(sleeping).raiseFence(
      { ledger: 'one', fence: 1 },
      { ledger: 'one', fence: 2 },
      {},
    );
    const mark = (await remover.fence({}))._unsafeUnwrap();
    if (asked < moment) {
      expect([raised.isOk(), mark]).toEqual([true, { ledger: 'one', fence: 2 }]);
      break;
    }
    slept += 1;
    expect([moment, mark]).toEqual([moment, { ledger: 'two', fence: 5 }]);
    expect([moment, raised.isOk()]).toEqual([moment, false]);
  }
  expect(slept).toBeGreaterThan(3);
});

test('a key that leads out of the folder, or to what is belay’s own, is no file of it', async () => {
  const outside = mkdtempSync(join(tmpdir(), 'belay-outside-'));
  try {
    writeFileSync(join(outside, 'a'), 'not ours');
    const remover = folderRemover(folder());
    const names = [
      `../${basename(outside)}/a`,
      'backups/../old/a',
      'backups//a',
      './a',
      '/a',
      '.belay/folder.json',
    ];
    for (const name of names) {
      const [looked] = (await inventory().look([key(name)], {}))._unsafeUnwrap();
      expect([name, looked?.found]).toEqual([name, 'unknown']);
      const version = versionOf(statSync(join(path, '.belay/folder.json'), { bigint: true }));
      const item = { key: key(name), kind: archive, version };
      const token = `${'0'.repeat(16)}/${'0'.repeat(64)}`;
      for (const answers of [
        remover.quarantine([item], call),
        remover.restore([{ ...item, token }], call),
        remover.delete([{ ...item, token }], call),
      ]) {
        expect((await answers)._unsafeUnwrap()).toMatchObject([{ outcome: 'refused', because: 'failed' }]);
      }
      expect((await remover.find([item], call))._unsafeUnwrap()).toMatchObject([{ at: 'unknown' }]);
    }
    const strange = {
      key: key('backups/a'),
      kind: archive,
      version: '',
      token: `../../../${basename(outside)}/a`,
    };
    expect((await remover.delete([strange], call))._unsafeUnwrap()).toMatchObject([{ outcome: 'unknown' }]);
    expect(readFileSync(join(outside, 'a'), 'utf8')).toBe('not ours');
    expect((await inventory().identity())._unsafeUnwrap()).toMatchObject({ id: 'folder:disk-1' });
  } finally {
    rmSync(outside, { recursive: true });
  }
});

test('a prefix that is no way down from the folder is refused', async () => {
  for (const text of ['../', '/', 'backups//', 'backups/../../', './backups/']) {
    const astray = scopeOf({ prefixes: [keyPrefix(text)._unsafeUnwrap()], kinds: [archive] })._unsafeUnwrap();
    const first = await inventory().read({ scope: astray }).next();
    expect([text, first.done === true && first.value._unsafeUnwrapErr().kind]).toEqual([text, 'invalid']);
    const planted = await inventory().plantCanaries({ scope: astray, nonce: 'n' });
    expect(planted._unsafeUnwrapErr().kind).toBe('invalid');
  }
});

test('a hold says who holds and why, is set once, and is listed until it is taken off', async () => {
  const holds = folderHolds(folder());
  const held = { key: 'backups/a', by: 'ann', reason: 'court case 7' };
  expect((await holds.add(held))._unsafeUnwrap()).toBe('added');
  expect((await holds.add({ ...held, by: 'ben' }))._unsafeUnwrap()).toBe('was-held');
  expect((await holds.list())._unsafeUnwrap()).toEqual([held]);
  expect((await holds.remove('backups/a'))._unsafeUnwrap()).toEqual(held);
  expect((await holds.list())._unsafeUnwrap()).toEqual([]);
});
