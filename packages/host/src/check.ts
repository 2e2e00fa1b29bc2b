import { request as askPlain, type IncomingMessage } from 'node:http';
import { request as askSecure } from 'node:https';
import type { Clock, HealthProbe, HealthReport } from '@belay/cloud';

/**
 * One request of a health probe, from outside: to the server's own address, under the workload's future name. Port 443
 * speaks TLS, and there the certificate has to fit the name. That nothing answers is a finding and no error.
 */
export function askOnce(
  address: string,
  { name, path = '/', port = 80 }: HealthProbe,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<HealthReport> {
  const { promise, resolve } = Promise.withResolvers<HealthReport>();
  const unhealthy = (why: string): void => resolve({ healthy: false, detail: `${address}:${port}: ${why}` });
  const options = { host: address, port, path, headers: { host: name }, agent: false, signal } as const;
  const onAnswer = (answer: IncomingMessage): void => {
    const status = answer.statusCode ?? 0;
    answer.on('error', ({ message }) => unhealthy(message));
    // A body that never ends, or breaks off, is no answer.
    answer.on('end', () =>
      status >= 200 && status < 400
        ? resolve({ healthy: true, detail: `${status} from ${address}:${port} for ${name}` })
        : unhealthy(`status ${status} for ${name}`),
    );
    answer.resume();
  };
  const asked =
    port === 443 ? askSecure({ ...options, servername: name }, onAnswer) : askPlain(options, onAnswer);
  asked.on('error', ({ message }) => unhealthy(message));
  const stop = clock.after(patienceMs, () => {
    unhealthy(`no answer within ${patienceMs} ms`);
    asked.destroy();
  });
  asked.end();
  return promise.finally(stop);
}

const patienceMs = 10_000;
