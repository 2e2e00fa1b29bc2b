/**
 * A reverse proxy that makes the way to a real service as bad as it can be: late, lost, cut, answered by somebody else;
 * by rule, and by a seed that makes every fault happen again.
 *
 * @packageDocumentation
 */

export type { CallCounts, CallLine } from './proxy/call-log.ts';
export type { ProxyError, ProxyErrorKind } from './proxy/error.ts';
export type {
  AnswerFault,
  ConflictFault,
  ContentTypeFault,
  CutFault,
  DelayFault,
  DripFault,
  DropReplyFault,
  FaultBody,
  GatewayFault,
  MadeUpAnswer,
  ProxyFault,
  RefuseFault,
  ThrottleFault,
  UnauthenticatedFault,
} from './proxy/fault.ts';
export { type FaultProxy, type FaultProxyOptions, openFaultProxy, type Upstream } from './proxy/open.ts';
export { readProxyRules } from './proxy/read-rules.ts';
export type { CallName, CallPattern, ProxyRule } from './proxy/rule.ts';
export type { RuleStatus } from './proxy/rule-book.ts';
