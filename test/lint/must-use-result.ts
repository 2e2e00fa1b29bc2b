// The lint rule `must-use-result`: a neverthrow Result that nobody looks at is an error that nobody sees.
//
// It reports an expression statement whose value is a Result, an Ok, an Err or a ResultAsync, whether it was
// returned, awaited, mapped or built on the spot. The same goes for what a short arrow function gives back to
// a caller that ignores it: `texts.forEach((text) => save(text))`. `void expression` stays allowed, as the
// written way of saying "dropped on purpose". A type counts by its name *and* by where it was declared, so
// that somebody else's class called `Result` is left alone.

import {
  ESLintUtils,
  type ParserServicesWithTypeInformation,
  type TSESLint,
  type TSESTree,
} from '@typescript-eslint/utils';
import ts from 'typescript';

const resultNames: ReadonlySet<string> = new Set(['ResultAsync', 'Ok', 'Err']);
const declaredIn = /[\\/]neverthrow[\\/]/;

export const mustUseResult: TSESLint.RuleModule<'dropped', readonly []> = {
  meta: {
    type: 'problem',
    docs: { description: 'A neverthrow Result must be used: returned, matched, unwrapped or kept.' },
    schema: [],
    messages: {
      dropped: 'This {{name}} is dropped, and its error with it: return it, match it or keep it.',
    },
  },
  defaultOptions: [],
  create(context) {
    const services = ESLintUtils.getParserServices(context);
    const report = (expression: TSESTree.Expression): void => {
      for (const value of valuesOf(expression)) {
        const name = resultNameOf(services.getTypeAtLocation(value), services);
        if (name !== undefined) context.report({ node: value, messageId: 'dropped', data: { name } });
      }
    };
    return {
      ExpressionStatement(node) {
        report(node.expression);
      },
      ArrowFunctionExpression(node) {
        if (node.body.type !== 'BlockStatement' && isReturnIgnored(node, services)) report(node.body);
      },
    };
  },
};

/** The values that a statement throws away. An assignment keeps its value; a comma list drops every one. */
function valuesOf(expression: TSESTree.Expression): readonly TSESTree.Expression[] {
  if (expression.type === 'AssignmentExpression') return [];
  if (expression.type === 'SequenceExpression') return expression.expressions.flatMap(valuesOf);
  if (expression.type === 'LogicalExpression') return valuesOf(expression.right);
  if (expression.type === 'ConditionalExpression') {
    return [...valuesOf(expression.consequent), ...valuesOf(expression.alternate)];
  }
  return [expression];
}

/** Does the place that takes this function promise to ignore what it returns? */
function isReturnIgnored(
  node: TSESTree.ArrowFunctionExpression,
  services: ParserServicesWithTypeInformation,
): boolean {
  const checker = services.program.getTypeChecker();
  const wanted = checker.getContextualType(services.esTreeNodeToTSNodeMap.get(node));
  const signatures = wanted?.getCallSignatures() ?? [];
  return (
    signatures.length > 0 && signatures.every((one) => (one.getReturnType().flags & ts.TypeFlags.Void) !== 0)
  );
}

/** The name under which a type, or one member of a union, is a Result; `undefined` when it is none. */
function resultNameOf(type: ts.Type, services: ParserServicesWithTypeInformation): string | undefined {
  const checker = services.program.getTypeChecker();
  const concrete = checker.getBaseConstraintOfType(type) ?? type;
  const members = concrete.isUnion() ? concrete.types : [concrete];
  const found = members.filter(isDeclaredByNeverthrow).map((member) => member.symbol.name);
  if (found.length === 0) return undefined;
  return found.includes('ResultAsync') ? 'ResultAsync' : 'Result';
}

function isDeclaredByNeverthrow(type: ts.Type): boolean {
  // Objects without a name of their own have a symbol too; `undefined` and other plain types have none.
  const symbol: ts.Symbol | undefined = type.symbol;
  if (symbol === undefined || !resultNames.has(symbol.name)) return false;
  return (symbol.declarations ?? []).some((one) => declaredIn.test(one.getSourceFile().fileName));
}
