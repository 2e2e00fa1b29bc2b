import type { Agent, IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '@belay/cloud';
import type { CallLog, CallNote } from './call-log.ts';
import { callName, isForm } from './call-name.ts';
import type { AddressPair } from './catalogue.ts';
import type { Strike } from './fault.ts';
import { madeUpAnswer } from './made-up.ts';
import { pause } from './pause.ts';
import { hasBody, jsonReply, madeUpReply, type Reply, replyOf, send } from './reply.ts';
import { type RequestBody, readBody, unread } from './request-body.ts';
import { rewriteReply } from './rewrite.ts';
import { type CallName, type CallPattern, matchesCall } from './rule.ts';
import type { RuleBook } from './rule-book.ts';
import { spoil } from './spoil.ts';
import { callUpstream } from './upstream.ts';

/**
 * One call and its answer, from the client's first byte to the last one back: named, struck or not, sent on, answered.
 * A client that leaves after its whole request was sent on has been heard: the service finishes what it does.
 */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Does the client wait to be asked for its body (`Expect: 100-continue`)? */
  readonly waits: boolean;
}

/** What all exchanges of one upstream share. */
export interface Setting {
  readonly service: string;
  readonly origin: URL;
  readonly agent: Agent;
  readonly rules: RuleBook;
  readonly log: CallLog;
  readonly clock: Clock;
  /** In the answers of these calls, addresses are replaced. */
  readonly rewritten: readonly CallPattern[];
  readonly addresses: () => readonly AddressPair[];
}

/** Bodies up to here are looked into, where a rule or the name of the call asks for it. */
const longestLookBytes = 2 ** 20;

export async function serveCall(exchange: Exchange, setting: Setting): Promise<void> {
  const { response } = exchange;
  const left = new AbortController();
  response.once('close', () => left.abort());
  const looked = await look(exchange, setting);
  if (looked === undefined) return;

  const { call, text } = looked;
  const note = setting.log.note(call);
  const strike = setting.rules.strike(call, text);
  note.struck(strike.by);
  if (!(await pause(setting.clock, strike.holdCallMs, left.signal))) return;

  const reply = await replyTo(exchange, setting, { ...looked, strike, note, signal: left.signal });
  if (reply === undefined || !(await pause(setting.clock, strike.holdReplyMs, left.signal))) return;
  note.answered(reply.status);
  await send(reply, response);
}

/** What is known of a call when it is decided what becomes of it. */
interface Looked {
  readonly call: CallName;
  readonly body: RequestBody;
  /** The whole body, where it was looked into and is not too long. */
  readonly text: string | undefined;
  /** Has the client been asked for the body that it waits with? */
  readonly asked: { body: boolean };
}

async function look(exchange: Exchange, { service, rules }: Setting): Promise<Looked | undefined> {
  const { request, response, waits } = exchange;
  const call = callName(service, request);
  const asked = { body: false };
  const isShort = Number(request.headers['content-length'] ?? 0) <= longestLookBytes;
  if (!isShort || !(isForm(request) || rules.wantsBody(call))) {
    return { call, body: unread, text: undefined, asked };
  }
  if (waits) {
    response.writeContinue();
    asked.body = true;
  }
  const body = await readBody(request, longestLookBytes);
  if (body === undefined) return undefined;
  const text = body.whole ? Buffer.concat(body.head).toString('utf8') : undefined;
  return { call: isForm(request) ? callName(service, request, text) : call, body, text, asked };
}

interface Decided extends Looked {
  readonly strike: Strike;
  readonly note: CallNote;
  readonly signal: AbortSignal;
}

/** The answer for the client; `undefined` where it gets none. */
async function replyTo(exchange: Exchange, setting: Setting, decided: Decided): Promise<Reply | undefined> {
  const { request, response } = exchange;
  const { strike, signal } = decided;
  const { fault } = strike;
  if (fault?.kind === 'refuse') {
    request.socket.resetAndDestroy();
    return undefined;
  }
  const madeUp = fault === undefined ? undefined : madeUpAnswer(fault);
  if (madeUp?.forwarded === false) return madeUpReply(madeUp);

  const answer = await forward(exchange, setting, decided);
  if (answer.isErr()) return jsonReply(502, answer.error);
  const incoming = answer.value;
  // Whoever does not read an answer must still hear that it broke off.
  incoming.on('error', () => undefined);
  const reply = replyOf(incoming);
  const isDropped =
    fault?.kind === 'drop-reply' || (fault?.kind === 'cut' && !hasBody(reply, request.method));
  if (isDropped || madeUp !== undefined) await drained(incoming);
  if (isDropped) {
    response.destroy();
    return undefined;
  }
  endWith(signal, incoming);
  if (madeUp !== undefined) return madeUpReply(madeUp);
  const isRewritten = isRewrittenCall(decided.call, setting) && hasBody(reply, request.method);
  const ready = isRewritten ? await rewriteReply(reply, setting.addresses()) : reply;
  return spoil(ready, fault, setting.clock, signal);
}

function forward(
  { request, response, waits }: Exchange,
  setting: Setting,
  { call, body, note, asked }: Decided,
): ReturnType<typeof callUpstream> {
  return callUpstream({
    service: setting.service,
    origin: setting.origin,
    agent: setting.agent,
    request,
    body,
    without: [
      // Already answered by the proxy, where it wanted to see the body.
      ...(asked.body ? ['expect'] : []),
      // What is to be rewritten must come as plain text.
      ...(isRewrittenCall(call, setting) ? ['accept-encoding'] : []),
    ],
    onSent: note.forwarded,
    onContinue() {
      if (!waits || asked.body) return;
      asked.body = true;
      response.writeContinue();
    },
  });
}

function isRewrittenCall(call: CallName, { rewritten }: Setting): boolean {
  return rewritten.some((pattern) => matchesCall(pattern, call));
}

/** Nobody reads an answer any more whose client has left. */
function endWith(signal: AbortSignal, answer: IncomingMessage): void {
  if (signal.aborted) answer.destroy();
  else signal.addEventListener('abort', () => answer.destroy(), { once: true });
}

/** Reads an answer to its end: only then has the service surely finished. */
async function drained(answer: IncomingMessage): Promise<void> {
  await new Promise<void>((resolve) => {
    answer.once('close', resolve).resume();
  });
}
