import { Agent } from 'node:http';
import { type Clock, systemClock } from '@belay/cloud';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import { type CallCounts, type CallLine, callLog } from './call-log.ts';
import type { AddressPair } from './catalogue.ts';
import { type Controlled, controlPath, controlReply } from './control.ts';
import { type ProxyError, proxyError } from './error.ts';
import { type Exchange, type Setting, serveCall } from './exchange.ts';
import { type Listener, listen } from './listen.ts';
import { rulesOf } from './read-rules.ts';
import { send } from './reply.ts';
import type { CallPattern, ProxyRule } from './rule.ts';
import { type RuleStatus, ruleBook } from './rule-book.ts';

/**
 * A reverse proxy that stands between an adapter under test and the real services, and makes the network between them
 * as bad as it can be: it holds calls up, loses replies of calls that did happen, answers in the place of the service,
 * cuts bodies off. By rule and by seed: the same seed and the same order of calls give the same faults. What no rule
 * strikes passes byte by byte.
 */
export interface FaultProxy<Service extends string = string> extends AsyncDisposable {
  /** The proxy's address for each upstream: `http://127.0.0.1:40123`. */
  readonly urls: Readonly<Record<Service, string>>;
  /** Puts a rule into force; the returned function takes it back. A rule that makes no sense throws. */
  inject(rule: ProxyRule<Service>): () => void;
  /** Takes all rules back. Counts and log stay. */
  clear(): void;
  /** The rules in force and what each has done so far. */
  rules(): readonly RuleStatus[];
  /** How many calls of this kind there were; of all kinds where absent. */
  calls(pattern?: CallPattern<Service>): CallCounts;
  /** The last calls, oldest first; never a header, a query or a body. */
  log(): readonly CallLine[];
  /** Ends all connections and gives the ports back. May be called more than once. */
  close(): Promise<void>;
}

/** Which services, which rules, which seed. Only `upstreams` must be there. */
export interface FaultProxyOptions<Service extends string = string> {
  /** The services behind the proxy, by names of your choice. Each gets a port of its own. */
  readonly upstreams: Readonly<Record<Service, string | Upstream>>;
  /** Decides what chance decides; 1 where absent. */
  readonly seed?: number | string;
  /** Rules in force from the beginning. */
  readonly rules?: readonly ProxyRule[];
  /**
   * In the answers of these calls, the addresses of upstreams become the proxy's own: for a catalogue of services
   * (`{ path: '/v3/auth/tokens' }`) and for links to the next page.
   */
  readonly rewriteCatalogue?: readonly CallPattern<NoInfer<Service>>[];
  /** By which delays are counted; the machine's where absent. */
  readonly clock?: Clock;
  /** Closes the proxy when it fires. */
  readonly signal?: AbortSignal;
  /** How many lines the log keeps; 1,000 where absent. */
  readonly logSize?: number;
}

/** A service behind the proxy. */
export interface Upstream {
  /** Its origin, without a path: `http://127.0.0.1:8774`. */
  readonly url: string;
  /** The port on which the proxy stands for it; a free one where absent. */
  readonly port?: number;
  /** Other origins under which a catalogue names it: `http://controller:8774`. */
  readonly alsoKnownAs?: readonly string[];
}

/** Opens the proxy. `invalid`, `port-taken`, `failed` or `cancelled` where it cannot be; no port is held then. */
export function openFaultProxy<Service extends string>(
  options: FaultProxyOptions<Service>,
): ResultAsync<FaultProxy<Service>, ProxyError> {
  return new ResultAsync(open(options));
}

async function open<Service extends string>(
  options: FaultProxyOptions<Service>,
): Promise<Result<FaultProxy<Service>, ProxyError>> {
  const { seed = 1, clock = systemClock, rewriteCatalogue = [], signal, logSize = 1_000 } = options;
  const upstreams = upstreamsOf(options.upstreams);
  if (upstreams.isErr()) return err(upstreams.error);
  const services = upstreams.value.map(({ service }) => service);
  const rules = ruleBook(seed);
  const log = callLog(logSize);
  const agent = new Agent({ keepAlive: false });
  const controlled: Controlled = { rules, log, add: (some) => addAll(some, services, rules) };
  const first = rulesOf(options.rules ?? []).andThen(controlled.add);
  if (first.isErr()) return err(first.error);

  const listeners = new Map<string, Listener>();
  const addresses = (): readonly AddressPair[] =>
    upstreams.value.flatMap(({ service, names }) =>
      names.map((from) => ({ from, to: urlOf(listeners.get(service)) })),
    );
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    signal?.removeEventListener('abort', close);
    closing ??= Promise.all([...listeners.values()].map((one) => one.close())).then(() => undefined);
    agent.destroy();
    return closing;
  };

  for (const { service, origin, port } of upstreams.value) {
    const setting: Setting = {
      ...{ service, origin, agent, rules, log, clock, addresses },
      rewritten: rewriteCatalogue,
    };
    const listener = await listen(port, (exchange) => serve(exchange, setting, controlled));
    if (listener.isErr()) {
      await close();
      return err(listener.error);
    }
    listeners.set(service, listener.value);
  }
  if (signal?.aborted === true) {
    await close();
    return err(proxyError('cancelled', 'The proxy was cancelled before it was open.'));
  }
  signal?.addEventListener('abort', close, { once: true });

  const urls = Object.fromEntries(services.map((service) => [service, urlOf(listeners.get(service))]));
  return ok({
    // `fromEntries` forgets which names there are; they are those of the upstreams.
    urls: urls as Record<Service, string>,
    inject(rule) {
      const added = rulesOf(rule).andThen(controlled.add);
      if (added.isErr()) throw new Error(added.error.message);
      const [id = ''] = added.value;
      return () => {
        rules.remove(id);
      };
    },
    clear: rules.clear,
    rules: rules.list,
    calls: (pattern = {}) => log.counts(pattern),
    log: log.lines,
    close,
    [Symbol.asyncDispose]: close,
  });
}

interface Behind {
  readonly service: string;
  readonly origin: URL;
  readonly port: number;
  /** Its origin and the others by which it is known. */
  readonly names: readonly string[];
}

function upstreamsOf(upstreams: Readonly<Record<string, string | Upstream>>): Result<Behind[], ProxyError> {
  const found: Behind[] = [];
  for (const [service, given] of Object.entries(upstreams)) {
    const { url, port = 0, alsoKnownAs = [] } = typeof given === 'string' ? { url: given } : given;
    const origin = URL.canParse(url) ? new URL(url) : undefined;
    if (origin?.protocol !== 'http:' || origin.pathname !== '/' || origin.search !== '') {
      return err(proxyError('invalid', `${service} stands at ${url}, which is not http://host[:port].`));
    }
    found.push({ service, origin, port, names: [origin.origin, ...alsoKnownAs] });
  }
  if (found.length === 0) return err(proxyError('invalid', 'There is no service to stand before.'));
  return ok(found);
}

/** A rule for a service that nobody stands before would never strike; and one id cannot name two rules. */
function addAll(
  some: readonly ProxyRule[],
  services: readonly string[],
  rules: ReturnType<typeof ruleBook>,
): Result<readonly string[], ProxyError> {
  const ids = some.flatMap(({ id }) => id ?? []);
  const twice = ids.find((id, index) => rules.has(id) || ids.indexOf(id) !== index);
  if (twice !== undefined) return err(proxyError('invalid', `There are two rules called ${twice}.`));
  const lost = some.find(({ service }) => service !== undefined && !services.includes(service));
  if (lost !== undefined) {
    const message = `There is no service ${lost.service} here, only ${services.join(', ')}.`;
    return err(proxyError('invalid', message));
  }
  return ok(some.map((rule) => rules.add(rule)));
}

async function serve(exchange: Exchange, setting: Setting, controlled: Controlled): Promise<void> {
  const { request, response, waits } = exchange;
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  if (request.url?.startsWith(controlPath) !== true) return serveCall(exchange, setting);
  if (waits) response.writeContinue();
  await send(await controlReply(request, controlled), response);
}

function urlOf(listener: Listener | undefined): string {
  return `http://127.0.0.1:${listener?.port ?? 0}`;
}
