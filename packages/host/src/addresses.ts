import { isIP } from 'node:net';
import type { GuestAddress, GuestAddresses, HostError } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { type FarSide, saidBy } from './call.ts';
import type { OpenCall } from './host.ts';

/** Addresses inside the server, by `ip -j address`. What is set here is gone after the next boot. */
export function addressesOf(open: OpenCall): GuestAddresses {
  return {
    list: (options) => open('addresses.list', options, async (far) => (await read(far)).map(shown)),
    set: (address, call) => open('addresses.set', call, (far) => set(far, address)),
    remove: (address, call) => open('addresses.remove', call, (far) => remove(far, address)),
  };
}

interface Found extends GuestAddress {
  /** IPv6 is still finding out whether somebody else has it. */
  readonly isTentative: boolean;
}

const lookMs = 200;

async function set(far: FarSide, wanted: GuestAddress): Promise<Result<GuestAddress, HostError>> {
  const { address, prefixLength, device } = wanted;
  const bits = isIP(address) === 4 ? 32 : 128;
  if (isIP(address) === 0 || !Number.isInteger(prefixLength) || prefixLength < 1 || prefixLength > bits) {
    return err(far.fail('invalid', `${address}/${prefixLength} is no address.`));
  }
  const before = await read(far);
  if (before.isErr()) return err(before.error);
  const there = before.value.find((one) => isSame(one.address, address));
  if (there !== undefined && there.device !== device) {
    return err(far.fail('busy', `${address} is on ${there.device}.`));
  }
  if (there === undefined) {
    const added = await far.run(['ip', 'address', 'add', `${address}/${prefixLength}`, 'dev', device], {
      changes: true,
    });
    if (added.isErr()) return err(added.error);
    const { code, stderr } = added.value;
    if (code !== 0 && /Cannot find device/.test(stderr)) {
      return err(far.fail('not-found', `There is no device ${device} on ${far.at.id}.`));
    }
    if (code !== 0) return err(far.fail('failed', saidBy(['ip'], code, stderr)));
  }
  for (;;) {
    const now = await read(far);
    if (now.isErr()) return err({ ...now.error, applied: 'unknown' });
    const found = now.value.find((one) => isSame(one.address, address));
    if (found === undefined)
      return err(far.fail('failed', `${address} did not stay on ${device}.`, 'unknown'));
    if (!found.isTentative) return ok(bare(found));
    const waited = await far.pause(lookMs);
    if (waited.isErr()) return err(waited.error);
  }
}

async function remove(far: FarSide, address: string): Promise<Result<void, HostError>> {
  if (isIP(address) === 0) return err(far.fail('invalid', `${address} is no address.`));
  const before = await read(far);
  if (before.isErr()) return err(before.error);
  const there = before.value.find((one) => isSame(one.address, address));
  if (there === undefined) return ok();
  // The third word of SSH_CONNECTION is the address that this very command came in by.
  const done = await far.script(
    'for word in $SSH_CONNECTION; do own=$last last=$word; done; [ "$own" = "$3" ] && exit 41; ip address del "$1" dev "$2"',
    [`${there.address}/${there.prefixLength}`, there.device, there.address],
    { changes: true },
  );
  if (done.isErr()) return err(done.error);
  const { code, stderr } = done.value;
  if (code === 41) return err(far.fail('busy', `${address} is the address that one comes in by.`));
  if (code !== 0) return err(far.fail('failed', saidBy(['ip'], code, stderr)));
  const after = await read(far);
  if (after.isErr()) return err({ ...after.error, applied: 'unknown' });
  return after.value.some((one) => isSame(one.address, address))
    ? err(far.fail('failed', `${address} is still on ${there.device}.`, 'unknown'))
    : ok();
}

async function read(far: FarSide): Promise<Result<readonly Found[], HostError>> {
  const output = await far.must(['ip', '-j', 'address', 'show']);
  return output.andThen((text) => {
    const found = addressesIn(text);
    return found === undefined ? err(far.fail('failed', 'ip did not list the addresses.')) : ok(found);
  });
}

/** The addresses in the JSON of iproute2; `undefined` where it is none. */
export function addressesIn(text: string): readonly Found[] | undefined {
  let devices: unknown;
  try {
    devices = JSON.parse(text === '' ? '[]' : text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(devices)) return undefined;
  // ip-address(8) has no schema; every field that is used is looked at before it is believed.
  return (devices as readonly IpDevice[]).flatMap(({ ifname, flags = [], addr_info: all = [] }) =>
    flags.includes('LOOPBACK') || ifname === undefined
      ? []
      : all.flatMap(({ local, prefixlen, tentative }) =>
          local === undefined || prefixlen === undefined
            ? []
            : [{ address: local, prefixLength: prefixlen, device: ifname, isTentative: tentative === true }],
        ),
  );
}

interface IpDevice {
  readonly ifname?: string;
  readonly flags?: readonly string[];
  readonly addr_info?: readonly {
    readonly local?: string;
    readonly prefixlen?: number;
    readonly tentative?: boolean;
  }[];
}

/** One IPv6 address can be written in many ways. */
function isSame(a: string, b: string): boolean {
  return canonical(a) === canonical(b);
}

function canonical(address: string): string {
  return isIP(address) === 6 ? new URL(`http://[${address.replace(/%.*$/, '')}]/`).hostname : address;
}

function shown(found: readonly Found[]): readonly GuestAddress[] {
  return found.map(bare);
}

function bare({ address, prefixLength, device }: Found): GuestAddress {
  return { address, prefixLength, device };
}
