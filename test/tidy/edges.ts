// Time, chance and the environment enter at a few named places and are handed in everywhere else: that is
// what lets a simulation with a seed own them. Everything outside this list of edges must take a clock, a
// source of ids or an option instead.

import ts from 'typescript';
import { lineAt, type SourceFile } from './tree.ts';

/** A file, or a folder ending in `/`, that may touch the world directly, and why. */
export const edges: Readonly<Record<string, string>> = {
  'packages/alerts/src/clock.ts': 'the alerts’ system clock: the one place where their time comes from',
  'packages/cli/src/bin.ts': 'the command itself: its process, its environment, its streams and its signals',
  'packages/cli/src/scanner/chance.ts': 'names of runs, ledgers and stores that were never given before',
  'packages/runner/src/clock.ts': 'the runner’s system clock: the one place where its time comes from',
  'packages/cloud/src/clock.ts': 'the cloud ports’ system clock: the same, for adapters',
  'packages/runner/src/journal/patience.ts':
    'another process holds the file for real milliseconds, whatever clock the runner has',
  'packages/runner/src/testkit/': 'the test kit starts real processes, waits for them and lets the loop turn',
  'packages/runner/src/conformance/engine-bench.ts':
    'a case that hangs is ended by real time: it may hang because the clock of its subject stands',
  'packages/scanner/src/clock.ts': 'the scanner’s system clocks: the wall’s and the one that never goes back',
  'packages/sim/src/cli/main.ts': 'a command of the shell: whether npm started it stands in the environment',
  'packages/sim/src/virtual-clock.ts':
    'virtual time moves on when the real event loop has nothing left to do',
  'packages/aws/src/sdk.ts': 'the client of the SDK draws its own chance where nobody hands one in',
  'packages/lab/src/linux.ts': 'the box under a lab: the one file that starts its commands and draws chance',
  'packages/openstack/src/machine.ts': 'files, environment, chance and network, where nobody hands them in',
};

const timers: readonly string[] = ['setTimeout', 'setInterval', 'setImmediate'];
/** Whoever they are asked of: they have no other meaning. */
const chances: ReadonlySet<string> = new Set(['randomUUID', 'randomBytes', 'getRandomValues']);
const globals: ReadonlySet<string> = new Set([...timers, ...chances]);
const properties: ReadonlySet<string> = new Set([
  'Date.now',
  'Math.random',
  'performance.now',
  'process.env',
  'process.hrtime',
  'AbortSignal.timeout',
  ...timers.map((name) => `globalThis.${name}`),
]);

export function isEdge(path: string): boolean {
  return Object.keys(edges).some((edge) => liesIn(edge, path));
}

/** Is this file the edge, or in the folder that it is? */
export function liesIn(edge: string, path: string): boolean {
  return edge.endsWith('/') ? path.startsWith(edge) : path === edge;
}

/** Every use of time, chance or the environment in a file, as `path:line: what`. Comments and strings do not count. */
export function worldUses({ path, text }: SourceFile): readonly string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const use = worldUse(node);
    if (use !== undefined) found.push(`${path}:${lineAt(text, node.getStart(source))}: ${use}`);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function worldUse(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node)) {
    const name = `${node.expression.getText()}.${node.name.text}`;
    return properties.has(name) || chances.has(node.name.text) ? name : undefined;
  }
  if (ts.isNewExpression(node)) {
    const isNow = node.expression.getText() === 'Date' && (node.arguments ?? []).length === 0;
    return isNow ? 'new Date()' : undefined;
  }
  if (ts.isIdentifier(node)) return globals.has(node.text) && isRead(node) ? node.text : undefined;
  return undefined;
}

/** Is this identifier the global itself, and not the name of somebody's property, method or parameter? */
function isRead(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isShorthandPropertyAssignment(parent) || ts.isImportSpecifier(parent)) return true;
  if (ts.isTypeQueryNode(parent) || ts.isQualifiedName(parent)) return false;
  return !(ts.isTypeElement(parent) || ts.isClassElement(parent) || isNamed(parent, node));
}

function isNamed(parent: ts.Node, node: ts.Identifier): boolean {
  return 'name' in parent && parent.name === node;
}
