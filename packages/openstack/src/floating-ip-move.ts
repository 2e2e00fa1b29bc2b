import type { CloudError, CloudResult, FloatingIpMove } from '@belay/cloud';
import { absenceOf, fail, mustExist, pause, stillInDoubt, wait } from '@belay/cloud/adapter';
import { err, errAsync, ok, okAsync, type Result, ResultAsync } from 'neverthrow';
import type { FloatingAddress } from './floating-ip-mapping.ts';
import { read, repeat, type Span } from './span.ts';
import { listAt, textAt, type Wire } from './wire.ts';

/**
 * Binds an address to the port of a server, in one call where the cloud can. Neutron counts the changes of an address,
 * and the change is made on condition that none has come in between: what somebody else has bound meanwhile is seen,
 * and stays. Where the cloud refuses to move a bound address it is unbound first, and serves nobody in between.
 */
export function moveFloatingIp(span: Span, id: string, way: FloatingIpMove): CloudResult<FloatingAddress> {
  return new ResultAsync(move(span, id, way));
}

/** Each round looks and asks. It takes more than one where somebody changes the address at the same time. */
const maxRounds = 5;

async function move(
  span: Span,
  id: string,
  way: FloatingIpMove,
): Promise<Result<FloatingAddress, CloudError>> {
  // An answer was lost, or the address has been unbound and not bound anew: no later refusal says that nothing was done.
  let inDoubt = false;
  for (let round = 1; ; round++) {
    const seen = await mustExist(span, span.stack.floatingIps, id);
    if (seen.isErr()) return err(stillInDoubt(seen.error, inDoubt));
    const address = seen.value;
    if (isDone(address, way)) return untilBound(span, id, way);
    if (isElsewhere(address, way)) return err(stillInDoubt(elsewhere(span, address), inDoubt));
    const asked = await turn(span, address, way);
    if (asked.isOk()) {
      if (asked.value === 'moved') return untilBound(span, id, way);
      inDoubt = true;
      continue;
    }
    const again = asked.error.kind === 'busy' && asked.error.code === changedMeanwhile;
    if (!again || round >= maxRounds) return err(stillInDoubt(asked.error, inDoubt));
    inDoubt ||= asked.error.applied !== 'no';
    await pause(span, round);
  }
}

const portIsTaken = 'FloatingIPPortAlreadyAssociated';
const otherPortMayDo: ReadonlySet<string> = new Set(['ExternalGatewayForFloatingIPNotFound', portIsTaken]);
const changedMeanwhile = 'RevisionNumberConstraintFailed';

function isDone({ portId, serverId }: FloatingAddress, { to }: FloatingIpMove): boolean {
  return to === undefined ? portId === undefined : serverId === to;
}

function isElsewhere({ portId, serverId }: FloatingAddress, { from, to }: FloatingIpMove): boolean {
  return portId !== undefined && (serverId === undefined || (serverId !== from && serverId !== to));
}

function elsewhere(span: Span, { address, serverId, portId }: FloatingAddress): CloudError {
  const holder = serverId ?? `the port ${portId}`;
  return fail(span, 'attached-elsewhere', `${address} is bound to ${holder}, and was left there.`, {
    lastState: holder,
  });
}

/** One change: the move itself, or the first half of it. */
async function turn(
  span: Span,
  address: FloatingAddress,
  { to }: FloatingIpMove,
): Promise<Result<'moved' | 'unbound', CloudError>> {
  if (to === undefined) return (await bind(span, address, null)).map(() => 'moved' as const);
  const ports = await portsOf(span, address, to);
  if (ports.isErr()) return err(ports.error);
  // Only now: an address that its target could not take stays where it serves.
  const unbindFirst = span.stack.settings.floatingIpMove === 'unbind-first' && address.portId !== undefined;
  if (unbindFirst) return (await bind(span, address, null)).map(() => 'unbound' as const);
  let last: Result<unknown, CloudError> = err(noPort(span, to));
  for (const port of ports.value) {
    last = await bind(span, address, port);
    // Not every port of a server needs to have a router to the network of the address, or to be free.
    if (last.isOk() || !otherPortMayDo.has(last.error.code ?? '')) break;
  }
  return last
    .map(() => 'moved' as const)
    .mapErr((error) => (error.code === portIsTaken ? { ...error, kind: 'busy' as const } : error));
}

function bind(span: Span, { id, revision }: FloatingAddress, portId: string | null): CloudResult<unknown> {
  return repeat(span, 'moveFloatingIp', {
    path: { id },
    // Left out, the port stays in some releases and is taken off in others: it is always said.
    body: { floatingip: { port_id: portId } },
    ...(revision === undefined ? {} : { headers: { 'if-match': `revision_number=${revision}` } }),
  });
}

/** The server's ports with an IPv4 address and no other floating one: Neutron would refuse that. */
function portsOf(span: Span, address: FloatingAddress, serverId: string): CloudResult<readonly string[]> {
  return ResultAsync.combine([
    read(span, 'listPorts', { query: { device_id: serverId } }),
    read(span, 'listFloatingIps', {}),
  ]).andThen(([ports, addresses]) => {
    const taken = new Map(
      listAt(addresses.body, 'floatingips')
        .filter((one) => textAt(one, 'id') !== address.id)
        .map((one) => [textAt(one, 'port_id'), textAt(one, 'floating_ip_address') ?? '']),
    );
    const fitting = listAt(ports.body, 'ports').filter(hasIpv4);
    const free = fitting.flatMap((port) => {
      const id = textAt(port, 'id');
      return id === undefined || taken.has(id) ? [] : [id];
    });
    if (free.length > 0) return okAsync(free);
    const other = fitting.map((port) => taken.get(textAt(port, 'id'))).find((one) => one !== undefined);
    if (other === undefined) return errAsync(noPort(span, serverId));
    const message = `${serverId} has the address ${other} already.`;
    return errAsync(fail(span, 'busy', message, { resourceId: serverId }));
  });
}

function hasIpv4(port: Wire): boolean {
  return listAt(port, 'fixed_ips').some((one) => (textAt(one, 'ip_address') ?? '').includes('.'));
}

function noPort(span: Span, serverId: string): CloudError {
  const message = `${span.operation}: ${serverId} does not exist, or has no port with an IPv4 address.`;
  return fail(span, 'not-found', message, { resourceId: serverId });
}

/** Bound and in service. An address on a port that is down itself, of a stopped server, goes into service with it. */
function untilBound(
  span: Span,
  id: string,
  way: FloatingIpMove,
): Promise<Result<FloatingAddress, CloudError>> {
  const absence = absenceOf(span, span.visibilityMs);
  return Promise.resolve(
    wait<FloatingAddress | undefined>(span, {
      observe: (signal) => span.stack.floatingIps.get(id, { signal }),
      until(seen, elapsedMs) {
        if (seen === undefined) return absence.isBelieved(elapsedMs) ? missing(span, id) : 'not-yet';
        absence.seen();
        if (!isDone(seen, way)) {
          // Ours was seen to have worked, or was accepted: somebody else has moved it on since.
          const since = elapsedMs > span.stack.visibilityMs && isElsewhere(seen, way);
          return since ? elsewhere(span, seen) : 'not-yet';
        }
        const serves = seen.status === 'ACTIVE' || seen.portStatus !== 'ACTIVE';
        return way.to === undefined || serves ? 'yes' : 'not-yet';
      },
      stateOf: (seen) =>
        seen === undefined
          ? undefined
          : `${seen.status}, bound to ${seen.serverId ?? seen.portId ?? 'nothing'}`,
      applied: 'unknown',
    }).andThen(
      (seen): Result<FloatingAddress, CloudError> => (seen === undefined ? err(missing(span, id)) : ok(seen)),
    ),
  );
}

function missing(span: Span, id: string): CloudError {
  return fail(span, 'not-found', `${id} is gone.`, { applied: 'unknown' });
}
