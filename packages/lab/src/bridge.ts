import type { CloudResult } from '@belay/cloud';
import { err, ok, okAsync, safeTry } from 'neverthrow';
import { command, tryCommand } from './command.ts';
import { addressOf, bridgeOf, cableOf, gatewayOf, sixOf } from './site.ts';
import { fail, type Span } from './span.ts';

/** The lab's network: one bridge of its own on the box, and a cable from it into every instance that runs. */

/** Makes the bridge where it is not there. The box itself is on it, as gateway and as name server. */
export function openBridge(span: Span): CloudResult<void> {
  const { site } = span;
  const bridge = bridgeOf(site);
  return safeTry(async function* () {
    const { code } = await tryCommand(span, ['ip', 'link', 'show', 'dev', bridge]);
    if (code === 0) return ok(undefined);
    const lines = [
      `link add name ${bridge} type bridge`,
      `addr add ${gatewayOf(site)}/24 dev ${bridge}`,
      `addr add ${sixOf(site, 1)}/64 dev ${bridge} nodad`,
      `link set dev ${bridge} up`,
    ];
    yield* command(span, ['ip', '-batch', '-'], batch(lines));
    return ok(undefined);
  });
}

/** Lays the cable of an instance and gives it its addresses, the floating ones among them. */
export function wireUp(
  span: Span,
  pid: number,
  number: number,
  floating: readonly string[],
): CloudResult<void> {
  const { site } = span;
  const cable = cableOf(site, number);
  return safeTry(async function* () {
    // The cable of an instance that was killed goes with its namespace, a moment later.
    await tryCommand(span, ['ip', 'link', 'del', 'dev', cable]);
    const outside = [
      `link add name ${cable} type veth peer name eth0 netns ${pid}`,
      `link set dev ${cable} master ${bridgeOf(site)}`,
      `link set dev ${cable} up`,
    ];
    const inside = [
      'link set dev lo up',
      `link set dev eth0 address ${hardwareAddress(site.subnet, number)}`,
      `addr add ${addressOf(site, number)}/24 dev eth0`,
      `addr add ${sixOf(site, number)}/64 dev eth0 nodad`,
      'link set dev eth0 up',
      `route add default via ${gatewayOf(site)} dev eth0`,
      ...floating.map((address) => `addr add ${address}/32 dev eth0`),
    ];
    yield* command(span, ['ip', '-batch', '-'], batch(outside));
    yield* command(span, [...inNetwork(pid), 'ip', '-batch', '-'], batch(inside));
    for (const address of floating) yield* announce(span, pid, address);
    return ok(undefined);
  });
}

/** Gives a running instance an address and tells all neighbours at once that it is here now. */
export function addAddress(span: Span, pid: number, address: string): CloudResult<void> {
  return command(span, [...inNetwork(pid), 'ip', 'addr', 'replace', `${address}/32`, 'dev', 'eth0'])
    .andThen(() => announce(span, pid, address))
    .andThen(() => hasAddress(span, pid, address))
    .andThen((isThere) =>
      isThere ? ok(undefined) : err(fail(span, 'failed', `The instance does not show ${address}.`)),
    );
}

/** Takes an address from a running instance. Not there is fine. */
export function dropAddress(span: Span, pid: number, address: string): CloudResult<void> {
  return hasAddress(span, pid, address).andThen((isThere) =>
    isThere
      ? command(span, [...inNetwork(pid), 'ip', 'addr', 'del', `${address}/32`, 'dev', 'eth0']).map(
          () => undefined,
        )
      : okAsync(undefined),
  );
}

/** Has the instance this address now, by its own kernel's word? */
function hasAddress(span: Span, pid: number, address: string): CloudResult<boolean> {
  return command(span, [...inNetwork(pid), 'ip', '-o', 'addr', 'show', 'dev', 'eth0']).map((text) =>
    text.split(/\s+/).includes(`${address}/32`),
  );
}

/**
 * Says three times to all on the bridge where the address lives now: who talked to it before would else go on to the
 * old place for up to a minute. The first is out before this returns; the others follow by themselves.
 */
function announce(span: Span, pid: number, address: string): CloudResult<void> {
  const say = ['arping', '-q', '-U', '-c', '3', '-I', 'eth0', '-s', address, address];
  const script = '"$@" > /dev/null 2>&1 & sleep 0.02';
  return command(span, [...inNetwork(pid), 'sh', '-c', script, 'lab-announce', ...say]).map(() => undefined);
}

function inNetwork(pid: number): readonly string[] {
  return ['nsenter', '--target', String(pid), '--net', '--'];
}

/** Always the same for one place in the subnet, so that a restart changes nothing for the neighbours. */
function hardwareAddress(subnet: string, number: number): string {
  const digits = [...subnet.split('.').slice(1), String(number)];
  const hex = digits.map((part) => Number(part).toString(16).padStart(2, '0'));
  return `02:6c:61:${hex.join(':')}`;
}

function batch(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
