import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { err, ok, type Result } from 'neverthrow';
import { type FaultProxyOptions, openFaultProxy, type Upstream } from '../proxy/open.ts';
import { readProxyRules } from '../proxy/read-rules.ts';
import type { ProxyRule } from '../proxy/rule.ts';

/** `proxy`: stands before services of yours until it is told to end, with faults from a file and over HTTP. */
export const proxyUsage = `proxy --to <address> [options]   stands before a service and makes its answers late, lost or wrong

  --to http://127.0.0.1:8774           the service behind the proxy
  --to compute=http://127.0.0.1:8774   the same with a name; may be given several times
  --port 9774, --port compute=9774     where the proxy listens; a free port where absent
  --also compute=http://controller:8774
                                       another address under which a catalogue names the service
  --catalogue '/v3/auth/tokens'        in answers of this path, addresses of services become the proxy's own
  --rules rules.json                   rules in force from the beginning
  --seed 7                             decides what chance decides

Rules are added and taken back at /_belay/faults, calls are counted at /_belay/calls.`;

/** Where a command writes, and what ends it. */
export interface Terminal {
  readonly out: (line: string) => void;
  readonly complain: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Resolves with the exit code: 0 when it was told to end, 1 when it could not begin, 2 for arguments without sense. */
export async function proxyCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const { out, complain, signal } = terminal;
  if (args.includes('--help')) {
    out(proxyUsage);
    return 0;
  }
  const read = readArguments(args);
  if (read.isErr()) {
    complain(`${read.error}\n\n${proxyUsage}`);
    return 2;
  }
  const { rulesFile, ...options } = read.value;
  const rules = rulesFile === undefined ? ok([]) : await rulesIn(rulesFile);
  if (rules.isErr()) {
    complain(rules.error);
    return 1;
  }
  const proxy = await openFaultProxy({ ...options, rules: rules.value, signal });
  if (proxy.isErr()) {
    complain(proxy.error.message);
    return 1;
  }
  for (const [service, url] of Object.entries(proxy.value.urls)) out(`${service} ${url}`);
  await fired(signal);
  await proxy.value.close();
  return 0;
}

type Arguments = Pick<FaultProxyOptions, 'upstreams'> &
  Partial<Pick<FaultProxyOptions, 'seed' | 'rewriteCatalogue'>> & { readonly rulesFile?: string };

function readArguments(args: readonly string[]): Result<Arguments, string> {
  const parsed = parse(args);
  if (parsed.isErr()) return err(parsed.error);
  const { to, port, also, catalogue, rules, seed } = parsed.value;
  if (to.length === 0) return err('--to says which service is behind the proxy.');
  const upstreams: Record<string, Upstream> = {};
  for (const given of to) {
    const [service, url] = named(given);
    upstreams[service] = { url };
  }
  for (const given of port) {
    const [service, number] = named(given);
    const upstream = upstreams[service];
    if (upstream === undefined) return err(`--port ${given}: there is no service ${service}.`);
    if (!/^\d{1,5}$/.test(number) || Number(number) > 65_535) return err(`--port ${given}: not a port.`);
    upstreams[service] = { ...upstream, port: Number(number) };
  }
  for (const given of also) {
    const [service, url] = named(given);
    const upstream = upstreams[service];
    if (upstream === undefined) return err(`--also ${given}: there is no service ${service}.`);
    upstreams[service] = { ...upstream, alsoKnownAs: [...(upstream.alsoKnownAs ?? []), url] };
  }
  return ok({
    upstreams,
    rewriteCatalogue: catalogue.map((path) => ({ path })),
    ...(seed !== undefined && { seed }),
    ...(rules !== undefined && { rulesFile: rules }),
  });
}

interface Given {
  readonly to: readonly string[];
  readonly port: readonly string[];
  readonly also: readonly string[];
  readonly catalogue: readonly string[];
  readonly rules?: string | undefined;
  readonly seed?: string | undefined;
}

function parse(args: readonly string[]): Result<Given, string> {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        to: { type: 'string', multiple: true, default: [] },
        port: { type: 'string', multiple: true, default: [] },
        also: { type: 'string', multiple: true, default: [] },
        catalogue: { type: 'string', multiple: true, default: [] },
        rules: { type: 'string' },
        seed: { type: 'string' },
      },
    });
    return ok(values);
  } catch (thrown) {
    return err(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/** `compute=http://…` or, for the one service that needs no name, what stands after the `=` alone. */
function named(given: string): readonly [string, string] {
  const [, service = 'service', value = ''] = /^(?:([\w.-]+)=)?(.*)$/s.exec(given) ?? [];
  return [service, value];
}

async function rulesIn(file: string): Promise<Result<readonly ProxyRule[], string>> {
  try {
    return readProxyRules(await readFile(file, 'utf8')).mapErr(({ message }) => `${file}: ${message}`);
  } catch (thrown) {
    return err(`${file} cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}

function fired(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
