// The house's habits as tests. Each rule names the file and says what is wrong; each rule that could be blind
// is shown a bad example first, because a rule that never fires is no rule.

import { expect, test } from 'vitest';
import { wrongArrows } from './tidy/arrows.ts';
import { edges, isEdge, liesIn, worldUses } from './tidy/edges.ts';
import { brokenLinks } from './tidy/markdown.ts';
import { isPackageSource, lineAt, packageOf, readTree, type SourceFile } from './tidy/tree.ts';

const tree = readTree();
const sources = tree.filter(({ path }) => isPackageSource(path));
const packages = [...new Set(tree.flatMap(({ path }) => packageOf(path) ?? []))].sort();
const maxLines = 400;

function bad(path: string, text: string): SourceFile {
  return { path, text };
}

/** Every place where a pattern occurs in some files, as `path:line: sentence`. */
function places(files: readonly SourceFile[], pattern: RegExp, sentence: string): readonly string[] {
  return files.flatMap(({ path, text }) =>
    [...text.matchAll(pattern)].map(({ index }) => `${path}:${lineAt(text, index)}: ${sentence}`),
  );
}

test('imports between packages only point down, and adapters never import one another', () => {
  expect(wrongArrows(bad('packages/aws/src/a.ts', "import { sim } from '@belay/sim';"))).toHaveLength(1);
  expect(wrongArrows(bad('packages/aws/src/a.ts', "import x from '../../sim/src/index.ts';"))).toHaveLength(
    1,
  );
  expect(wrongArrows(bad('packages/cloud/src/a.ts', "export * from '@belay/runner';"))).toHaveLength(1);
  expect(
    wrongArrows(bad('packages/runner/src/a.ts', "const x = await import('@belay/cloud');")),
  ).toHaveLength(1);
  expect(wrongArrows(bad('packages/novel/src/a.ts', ''))).toHaveLength(1);
  expect(wrongArrows(bad('packages/planner/src/a.ts', "import type { Cloud } from '@belay/cloud';"))).toEqual(
    [],
  );

  const manifests = tree.filter(({ path }) => /^packages\/[^/]+\/package\.json$/.test(path));
  expect([...sources, ...manifests].flatMap(wrongArrows)).toEqual([]);
});

test('time, chance and the environment are touched only at the edges', () => {
  const uses = (text: string) => worldUses(bad('packages/cloud/src/a.ts', text)).length;
  expect(uses('const t = Date.now();')).toBe(1);
  expect(uses('const now = Date.now;')).toBe(1);
  expect(uses('new Date(); new Date(5);')).toBe(1);
  expect(uses('setTimeout(f, 5); globalThis.setInterval(f, 5);')).toBe(2);
  expect(uses("import { randomUUID } from 'node:crypto';")).toBe(1);
  expect(uses('const timers = { setTimeout };')).toBe(1);
  expect(uses('Math.random() + performance.now(); process.env.HOME;')).toBe(3);
  expect(uses('AbortSignal.timeout(5); process.hrtime.bigint(); setImmediate(f);')).toBe(3);
  expect(uses("import { randomBytes } from 'node:crypto'; globalThis.crypto.getRandomValues(b);")).toBe(2);
  expect(uses('crypto.randomUUID(); nodeCrypto.randomBytes(8); clock.setImmediate(f);')).toBe(2);
  expect(uses('// Date.now()\nclock.setTimeout(f); const s = "Math.random()";')).toBe(0);
  expect(uses('interface Timers { setTimeout(f: () => void): void }')).toBe(0);

  expect(sources.filter(({ path }) => !isEdge(path)).flatMap(worldUses)).toEqual([]);
});

test('every edge has a reason, is there, and still touches the world', () => {
  expect(Object.entries(edges).filter(([, reason]) => reason.trim() === '')).toEqual([]);
  const idle = Object.keys(edges).filter(
    (edge) => !sources.some((file) => liesIn(edge, file.path) && worldUses(file).length > 0),
  );
  expect(idle).toEqual([]);
});

test('no file or folder is called utils, helpers or common', () => {
  const vague = /(^|\/)(utils?|helpers?|common)(\.[^/]*)?(\/|$)/;
  expect(vague.test('packages/aws/src/utils/x.ts') && vague.test('test/helpers.ts')).toBe(true);
  const found = tree
    .filter(({ path }) => vague.test(path))
    .map(({ path }) => `${path}: say what it is about`);
  expect(found).toEqual([]);
});

test(`source files have at most ${maxLines} lines`, () => {
  const written = tree.filter(({ path }) => /^(packages|examples|bench|test)\/.*\.(ts|mjs)$/.test(path));
  const long = written.filter(({ path }) => !path.includes('/test/'));
  const found = long.flatMap(({ path, text }) => {
    const lines = lineAt(text, text.trimEnd().length);
    return lines > maxLines ? [`${path}: ${lines} lines; there is a second noun in it`] : [];
  });
  expect(found).toEqual([]);
});

test('each package has an entry point, tests, type tests, a licence and a README with an example', () => {
  const has = (name: string, pattern: RegExp) =>
    tree.some(({ path }) => path.startsWith(`packages/${name}/`) && pattern.test(path));
  const found = packages.flatMap((name) => {
    const readme = tree.find(({ path }) => path === `packages/${name}/README.md`);
    return [
      has(name, /\/src\/index\.ts$/) ? [] : [`packages/${name}: no src/index.ts`],
      has(name, /\/test\/.*\.test\.ts$/) ? [] : [`packages/${name}: no test/*.test.ts`],
      has(name, /\/test-d\/.*\.test-d\.ts$/) ? [] : [`packages/${name}: no test-d/*.test-d.ts`],
      has(name, /\/LICENSE$/) ? [] : [`packages/${name}: no LICENSE`],
      /^```ts\b/m.test(readme?.text ?? '') ? [] : [`packages/${name}: no README.md with a fenced ts example`],
    ].flat();
  });
  expect(found).toEqual([]);
});

test('no test is left focused, skipped or to do', () => {
  const leftOver = /\b(?:test|it|describe|suite)(?:\.\w+)*\.(?:only|skip|todo|skipIf|runIf|fails)\b/g;
  expect(places([bad('a.test.ts', ['it', 'skip("x")'].join('.'))], leftOver, '')).toHaveLength(1);
  const tests = tree.filter(({ path }) => /\.test(-d)?\.ts$/.test(path));
  expect(places(tests, leftOver, 'a test is focused, skipped or to do')).toEqual([]);
});

test('every dependency is pinned to one exact version', () => {
  const exact = /^\d+\.\d+\.\d+(-[\w.]+)?$/;
  const manifests = tree.filter(({ path }) => /^(packages\/[^/]+\/)?package\.json$/.test(path));
  const found = manifests.flatMap(({ path, text }) => {
    const manifest = JSON.parse(text) as Record<string, Readonly<Record<string, string>> | undefined>;
    const kinds = ['dependencies', 'devDependencies', 'optionalDependencies', 'overrides'];
    return kinds.flatMap((kind) =>
      Object.entries(manifest[kind] ?? {})
        .filter(([, version]) => !exact.test(version))
        .map(([name, version]) => `${path}: ${kind}.${name} is ${version}, not one exact version`),
    );
  });
  expect(found).toEqual([]);
});

test('the lock names no registry', () => {
  const lock = tree.filter(({ path }) => path === 'package-lock.json');
  expect(lock).toHaveLength(1);
  const resolved = /"resolved": "(?!packages\/)/g;
  expect(places([bad('lock', '"resolved": "https://somewhere/x.tgz"')], resolved, '')).toHaveLength(1);
  expect(places(lock, resolved, 'names where a package came from (omit-lockfile-registry-resolved)')).toEqual(
    [],
  );
});

test('no file mentions a path of somebody’s machine', () => {
  const folders = ['work', 'root'].join('|');
  const machine = new RegExp(`(?<![\\w.])/(?:${folders})/`, 'g');
  expect(places([bad('x', ['', 'root', 'x'].join('/'))], machine, '')).toHaveLength(1);
  expect(places(tree, machine, 'mentions a path of one machine')).toEqual([]);
});

test('links between our Markdown pages lead somewhere', () => {
  const page = (text: string) => brokenLinks(bad('docs/a.md', text), [bad('docs/b.md', '# One, two')]);
  expect(page('[x](missing.md)')).toHaveLength(1);
  expect(page('[x](b.md#three)')).toHaveLength(1);
  expect(page('[x](b.md#one-two) [y](https://example.com)')).toEqual([]);
  const pages = tree.filter(({ path }) => path.endsWith('.md'));
  expect(pages.flatMap((file) => brokenLinks(file, tree))).toEqual([]);
});
