import { type Bandwidth, formatRef, type HostError } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import type { FarSide } from './call.ts';

/** Five seconds of zeros from one server to another, over the way that a copy would go. */
export async function measureBandwidth(
  source: FarSide,
  target: FarSide,
): Promise<Result<Bandwidth, HostError>> {
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
  return ok({ to: formatRef(target.at), bytesPerSecond: Math.round((bytes * 1000) / overMs), overMs });
}
