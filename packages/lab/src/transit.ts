import { createHash } from 'node:crypto';
import type { CloudResult } from '@belay/cloud';
import { command, tryCommand } from './command.ts';
import { bridgeOf } from './site.ts';
import type { Span } from './span.ts';

/**
 * The way from one lab to the others of the box. Labs that name the same transit share one routing table, in which each
 * has written its own subnet; what comes in over a lab's bridge is looked up there and nowhere else, so that no packet of
 * an instance gets out by the ways of the box. A lab that names none is forwarded nothing, whatever the box does for
 * others. All of it is the lab's own: a route and a switch that go with its bridge, and two rules that name it.
 *
 * IPv4 alone: Linux has one switch for forwarding IPv6, and that is the box's.
 */

/** Joins the transit of the settings, or leaves it. What is as it should be is not touched: copies may go over it. */
export function openTransit(span: Span): CloudResult<void> {
  const { settings, subnet } = span.site;
  const table = settings.transit === undefined ? '' : String(tableOf(settings.transit));
  const words = [bridgeOf(span.site), `${subnet}.0/24`, table];
  return command(span, ['sh', '-c', join, 'lab-transit', ...words]).map(() => undefined);
}

/** Takes the rules away. To be called while the bridge is there, with which the rest goes. */
export async function closeTransit(span: Span): Promise<void> {
  await tryCommand(span, ['sh', '-c', join, 'lab-transit', bridgeOf(span.site), '', '']);
}

/** Far from the numbers that people give to tables. */
const firstTable = 0x6c61_0000;

/** The table of this transit: the same for all labs of the box that name it. */
function tableOf(transit: string): number {
  return firstTable + createHash('sha256').update(transit).digest().readUInt16BE();
}

/** Before the main table (32766), and behind the box's own addresses (0). */
const [lookUp, refuse] = [21_700, 21_701];

const join = `
set -eu
bridge=$1 subnet=$2 table=$3
forward() { echo "$1" > "/proc/sys/net/ipv4/conf/$bridge/forwarding"; }
rules() { ip rule show iif "$bridge"; }
leave() {
  forward 0 2> /dev/null || true
  while ip rule del iif "$bridge" 2> /dev/null; do :; done
  ip -4 route show table all dev "$bridge" 2> /dev/null | while read -r there rest; do
    case $rest in
      'table '[0-9]*) ip route del "$there" dev "$bridge" table "$(echo "$rest" | cut -d ' ' -f 2)" ;;
    esac
  done
}
if [ -z "$table" ]; then
  leave
  exit 0
fi
if ! rules | grep -q "lookup $table"; then leave; fi
ip route replace "$subnet" dev "$bridge" table "$table"
rules | grep -q '^${refuse}:' || ip rule add pref ${refuse} iif "$bridge" unreachable
rules | grep -q '^${lookUp}:' || ip rule add pref ${lookUp} iif "$bridge" lookup "$table"
forward 1
`;
