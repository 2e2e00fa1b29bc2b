// Which package may import which. Arrows point down only, and adapters never import one another, so that
// `npm install @belay/runner` brings no cloud code and an adapter brings only its own provider's client.

import { dirname, join } from 'node:path/posix';
import ts from 'typescript';
import { packageOf, type SourceFile } from './tree.ts';

const all = 'all';

const mayImport: Readonly<Record<string, readonly string[] | typeof all>> = {
  cloud: [],
  aws: ['cloud'],
  openstack: ['cloud'],
  sim: ['cloud'],
  lab: ['cloud'],
  host: ['cloud'],
  runner: [],
  scanner: ['cloud'],
  alerts: [],
  planner: ['cloud', 'runner'],
  jobs: ['runner', 'alerts'],
  backup: ['cloud', 'runner', 'jobs', 'alerts'],
  temporal: ['runner', 'jobs'],
  cli: all,
  view: all,
};

/** The imports of one source file, and the dependencies of one manifest, that the arrows forbid. */
export function wrongArrows(file: SourceFile): readonly string[] {
  const here = packageOf(file.path);
  if (here === undefined) return [];
  if (mayImport[here] === undefined) {
    return [`${file.path}: the package ${here} is not in the table of arrows (test/tidy/arrows.ts)`];
  }
  const targets = file.path.endsWith('/package.json') ? dependenciesOf(file.text) : importsOf(file);
  return targets.flatMap((target) => {
    const problem = judge(here, file.path, target);
    return problem === undefined ? [] : [`${file.path}: ${problem}`];
  });
}

function judge(here: string, path: string, target: string): string | undefined {
  if (target.startsWith('.')) {
    const inside = join(dirname(path), target).startsWith(`packages/${here}/src/`);
    return inside ? undefined : `imports ${target}, which lies outside its own src folder`;
  }
  const sibling = /^@belay\/([^/]+)/.exec(target)?.[1];
  if (sibling === undefined) return undefined;
  if (sibling === here) return `imports its own package by name (${target}): use a relative path`;
  const allowed = mayImport[here] ?? [];
  if (allowed === all || allowed.includes(sibling)) return undefined;
  const list = allowed.length === 0 ? 'no package of ours' : allowed.join(', ');
  return `imports ${target}, but ${here} may import ${list}`;
}

function importsOf({ path, text }: SourceFile): readonly string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const literal = specifierOf(node);
    if (literal !== undefined && ts.isStringLiteral(literal)) found.push(literal.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return node.arguments[0];
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal;
  return undefined;
}

function dependenciesOf(manifest: string): readonly string[] {
  const { dependencies, peerDependencies } = JSON.parse(manifest) as Record<string, object | undefined>;
  return [...Object.keys(dependencies ?? {}), ...Object.keys(peerDependencies ?? {})];
}
