/**
 * Puts a switch at every place of a source where a safety rule can be switched off: a rule says that all is well, a
 * comparison is turned round, a way out is closed or always taken, half of a condition is left out, a guard is not
 * called, a filter lets all through. With no switch thrown the source does what it did.
 */

import ts from 'typescript';

/** One switch. */
export interface Mutant {
  readonly id: number;
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** What happens where the switch is thrown. */
  readonly what: string;
  /** The line as it is. */
  readonly source: string;
}

/** A source with its switches: `$M(id)` is asked at each. Ids go on from `firstId`. */
export function instrument(
  path: string,
  source: string,
  firstId: number,
): { readonly text: string; readonly mutants: readonly Mutant[] } {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  const lines = source.split('\n');
  const mutants: Mutant[] = [];
  const add = (node: ts.Node, what: string): string => {
    const id = firstId + mutants.length;
    const line = file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
    mutants.push({ id, path, line, what, source: lines[line - 1]?.trim() ?? '' });
    // A process that a test has started has no switches.
    return `globalThis.$M?.(${id})`;
  };
  const raw = (node: ts.Node): string => source.slice(node.getStart(file), node.getEnd());

  /** The text of a node, with what its children have become. */
  const inside = (node: ts.Node, instead: ReadonlyMap<ts.Node, string> = new Map()): string => {
    const parts: string[] = [];
    let at = node.getStart(file);
    ts.forEachChild(node, (child) => {
      const start = child.getStart(file);
      parts.push(source.slice(at, start), instead.get(child) ?? render(child));
      at = child.getEnd();
    });
    return `${parts.join('')}${source.slice(at, node.getEnd())}`;
  };

  const render = (node: ts.Node): string => {
    // What is there for the compiler only has no effect that could be switched off.
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node))
      return raw(node);
    if (ts.isBinaryExpression(node)) return ofBinary(node);
    if (ts.isIfStatement(node) || ts.isConditionalExpression(node)) {
      const condition = ts.isIfStatement(node) ? node.expression : node.condition;
      const never = add(condition, ts.isIfStatement(node) ? 'the way is never taken' : 'never');
      const always = add(condition, ts.isIfStatement(node) ? 'the way is always taken' : 'always');
      const text = `(${never} ? false : ${always} ? true : (${render(condition)}))`;
      return inside(node, new Map([[condition, text]]));
    }
    if (ts.isExpressionStatement(node) && isEffect(node.expression)) {
      return `{ if (!${add(node, 'not done')}) { ${inside(node)} } }`;
    }
    if (isFilter(node)) {
      return `(${add(node, 'nothing is left out')} ? (${raw(node.expression.expression)}) : (${inside(node)}))`;
    }
    if (isRule(node, file)) {
      const content = add(node, `${node.name.getText(file)} is always content`);
      const text = `(...$all) => ${content} ? undefined : (${render(node.initializer)})(...$all)`;
      return inside(node, new Map([[node.initializer, text]]));
    }
    return inside(node);
  };

  const ofBinary = (node: ts.BinaryExpression): string => {
    const kind = node.operatorToken.kind;
    const [left, right] = [raw(node.left), raw(node.right)];
    const opposite = turned.get(kind);
    if (opposite !== undefined) {
      return `(${add(node, `turned round: ${opposite}`)} ? (${left} ${opposite} ${right}) : (${inside(node)}))`;
    }
    if (kind === ts.SyntaxKind.AmpersandAmpersandToken || kind === ts.SyntaxKind.BarBarToken) {
      const [onlyLeft, onlyRight] = [
        add(node.right, `left out: ${right}`),
        add(node.left, `left out: ${left}`),
      ];
      return `(${onlyLeft} ? (${left}) : ${onlyRight} ? (${right}) : (${inside(node)}))`;
    }
    return inside(node);
  };

  return { text: render(file), mutants };
}

const turned: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.LessThanToken, '>='],
  [ts.SyntaxKind.LessThanEqualsToken, '>'],
  [ts.SyntaxKind.GreaterThanToken, '<='],
  [ts.SyntaxKind.GreaterThanEqualsToken, '<'],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, '!=='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, '==='],
]);

/** A member of a table whose type is a record of rules. */
function isRule(node: ts.Node, file: ts.SourceFile): node is ts.PropertyAssignment {
  if (!ts.isPropertyAssignment(node) || !ts.isVariableDeclaration(node.parent.parent)) return false;
  return /Record<string, \w*Rule>/.test(node.parent.parent.type?.getText(file) ?? '');
}

function isEffect(expression: ts.Expression): boolean {
  return (
    ts.isCallExpression(expression) ||
    ts.isYieldExpression(expression) ||
    ts.isAwaitExpression(expression) ||
    ts.isBinaryExpression(expression) ||
    ts.isConditionalExpression(expression)
  );
}

function isFilter(
  node: ts.Node,
): node is ts.CallExpression & { readonly expression: ts.PropertyAccessExpression } {
  return (
    ts.isCallExpression(node) &&
    ts.isPropertyAccessExpression(node.expression) &&
    node.expression.name.text === 'filter'
  );
}
