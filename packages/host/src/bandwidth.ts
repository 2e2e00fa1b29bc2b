import { type Bandwidth, type CopyWay, formatRef, type HostError } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import type { FarSide } from './call.ts';
import { runDirect } from './direct.ts';
import { sink } from './one-time-key.ts';

/** Five seconds of zeros from one server to another, over the way that a copy would go. */
export async function measureBandwidth(
  source: FarSide,
  target: FarSide,
  way: CopyWay = 'relayed',
): Promise<Result<Bandwidth, HostError>> {
  if (way === 'relayed') return measureRelayed(source, target);
  const direct = await measureDirect(source, target);
  if (direct.isErr()) return err(direct.error);
  if (typeof direct.value === 'object') return ok(direct.value);
  const notDirect = direct.value;
  return (await measureRelayed(source, target)).map((found) => ({ ...found, notDirect }));
}

/** Says in nanoseconds and bytes what went through: the target counts. */
const streamScript = `
began=$(date +%s%N)
bytes=$(timeout 5 cat /dev/zero </dev/null | "$@" ${sink})
echo "sent $(($(date +%s%N) - began)) $bytes"
`;

/** The figures, or why there is no such way. */
async function measureDirect(
  source: FarSide,
  target: FarSide,
): Promise<Result<Bandwidth | string, HostError>> {
  // Knows the server's way in, and that it is there.
  const there = await target.must(['true']);
  if (there.isErr()) return err(there.error);
  let said = '';
  const words = (shell: string): readonly string[] => [
    'sh',
    '-c',
    streamScript,
    'belay',
    ...shell.split(' '),
    'belay',
  ];
  const onOutput = (text: string): void => {
    said = `${said}${text}`.slice(-10_000);
  };
  const [from, to] = [
    { far: source, path: '/' },
    { far: target, path: '/' },
  ];
  const went = await runDirect(from, to, { name: 'bandwidth', words, asks: false, onOutput });
  return went.andThen((ends) => {
    if ('noWay' in ends) return ok(ends.noWay);
    const [, nanoseconds, bytes] = /^sent (\d+) (\d+)$/m.exec(said) ?? [];
    const overMs = Math.round(Number(nanoseconds) / 1_000_000);
    if (ends.client.code !== 0 || bytes === undefined || !(overMs > 0)) {
      return err(source.fail('failed', `The stream to ${target.at.id} broke.`));
    }
    const bytesPerSecond = Math.round((Number(bytes) * 1_000) / overMs);
    return ok({ to: formatRef(target.at), bytesPerSecond, overMs, way: 'direct' as const });
  });
}

async function measureRelayed(source: FarSide, target: FarSide): Promise<Result<Bandwidth, HostError>> {
  const to = await target.stream(['sh', '-c', 'exec cat >/dev/null']);
  if (to.isErr()) return err(to.error);
  const beganMs = source.nowMs();
  const from = await source.stream(['sh', '-c', 'exec timeout 5 cat /dev/zero </dev/null']);
  if (from.isErr()) {
    await to.value.end();
    return err(from.error);
  }
  const [sender, receiver] = [from.value, to.value];
  const onAbort = (): void => {
    void sender.end();
    void receiver.end();
  };
  source.signal.addEventListener('abort', onAbort, { once: true });
  let bytes = 0;
  sender.running.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  receiver.running.stdout.resume();
  sender.running.stdout.pipe(receiver.running.stdin);
  const [sent, received] = await Promise.all([sender.ended, receiver.ended]);
  source.signal.removeEventListener('abort', onAbort);
  const overMs = source.nowMs() - beganMs;
  const timeoutCode = 124;
  if (sent.code !== timeoutCode || received.code !== 0 || overMs <= 0) {
    return err(source.fail('failed', `The stream to ${target.at.id} broke.`));
  }
  const bytesPerSecond = Math.round((bytes * 1000) / overMs);
  return ok({ to: formatRef(target.at), bytesPerSecond, overMs, way: 'relayed' });
}
