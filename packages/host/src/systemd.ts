import type { ServiceFacts, TimerState } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import type { InitSystem, Units } from './init-system.ts';

/**
 * systemd by `systemctl`. Services are known by their names without `.service`, timers by their whole names; daemons
 * that read crontabs count as both. Properties are those of systemctl(1) and org.freedesktop.systemd1(5).
 *
 * A mask is `systemctl mask` where systemd takes it. A unit whose file lies in `/etc/systemd/system` cannot be masked
 * so: it is given a drop-in with a condition that never holds.
 */
export const systemd: InitSystem = {
  name: 'systemd',
  get list() {
    return ['sh', '-c', listScript, 'belay'];
  },
  show: (names) => [
    'systemctl',
    'show',
    '--no-pager',
    '-p',
    properties.join(','),
    '--',
    ...names.map(unitOf),
  ],
  read: readUnits,
  stop: (name) => ['systemctl', '--no-ask-password', 'stop', '--', unitOf(name)],
  start: (name) => ['systemctl', '--no-ask-password', 'start', '--', unitOf(name)],
  mask: (names) => ['sh', '-c', maskScript, 'belay', ...names.map(unitOf)],
  unmask: (names) => ['sh', '-c', unmaskScript, 'belay', ...names.map(unitOf)],
};

const dropIn = 'zz-belay-mask.conf';
const properties = [
  'Id',
  'LoadState',
  'ActiveState',
  'UnitFileState',
  'TimeoutStopUSec',
  'ActiveExitTimestampMonotonic',
  'InactiveEnterTimestampMonotonic',
  'NextElapseUSecRealtime',
  'DropInPaths',
];

/** All units that are installed or loaded, templates left out, and one block of properties for each. */
const listScript = `
{
  systemctl list-unit-files --no-legend --no-pager --plain --type=service,timer &&
  systemctl list-units --all --no-legend --no-pager --plain --type=service,timer
} | while read -r unit _; do
  case $unit in
    *@.service | *@.timer) ;;
    *.service | *.timer) printf '%s\\n' "$unit" ;;
  esac
done | sort -u | xargs -r systemctl show --no-pager -p ${properties.join(',')} --
`;

const maskScript = `
for unit; do
  systemctl mask --quiet -- "$unit" 2>/dev/null && continue
  mkdir -p "/etc/systemd/system/$unit.d" &&
  printf '[Unit]\\nAssertPathExists=!/\\n' >"/etc/systemd/system/$unit.d/${dropIn}" || exit 1
done
systemctl daemon-reload || exit 1
for unit; do
  case $unit in *.timer) systemctl stop -- "$unit" || exit 1 ;; esac
  case $unit in cron.service | crond.service | anacron.service | fcron.service) systemctl stop -- "$unit" || exit 1 ;; esac
done
`;

const unmaskScript = `
for unit; do
  rm -f "/etc/systemd/system/$unit.d/${dropIn}"
  rmdir "/etc/systemd/system/$unit.d" 2>/dev/null
  systemctl unmask --quiet -- "$unit" || exit 1
done
systemctl daemon-reload || exit 1
for unit; do
  case $unit in
    *.timer | cron.service | crond.service | anacron.service | fcron.service)
      if systemctl is-enabled --quiet -- "$unit"; then systemctl start -- "$unit" || exit 1; fi ;;
  esac
done
`;

const cronDaemons: ReadonlySet<string> = new Set(['cron', 'crond', 'anacron', 'fcron']);

function unitOf(name: string): string {
  return /\.(service|timer)$/.test(name) ? name : `${name}.service`;
}

function readUnits(output: string): Result<Units, string> {
  const services: ServiceFacts[] = [];
  const timers: TimerState[] = [];
  for (const block of output.split(/\n\n+/).filter((one) => one.trim() !== '')) {
    const lines = block.split('\n').filter((line) => line !== '');
    const value = new Map(
      lines.map((line) => {
        const at = line.indexOf('=');
        return [line.slice(0, at), line.slice(at + 1)] as const;
      }),
    );
    const id = value.get('Id');
    const active = value.get('ActiveState');
    if (id === undefined || active === undefined) return err(`systemctl showed no unit: ${lines[0] ?? ''}`);
    const load = value.get('LoadState');
    // A unit that others name and nobody has installed.
    if (load === 'not-found') continue;
    const masked = load === 'masked' || (value.get('DropInPaths') ?? '').includes(dropIn);
    const state = stateOf(active);
    if (id.endsWith('.timer')) {
      const nextAt = readTime(value.get('NextElapseUSecRealtime'));
      timers.push({ name: id, kind: 'timer', state, masked, ...(nextAt === undefined ? {} : { nextAt }) });
      continue;
    }
    const name = id.replace(/\.service$/, '');
    const stopTimeoutMs = readSpanMs(value.get('TimeoutStopUSec'));
    const lastStopMs = stopTook(value);
    services.push({
      name,
      state,
      masked,
      ...(stopTimeoutMs === undefined ? {} : { stopTimeoutMs }),
      ...(lastStopMs === undefined ? {} : { lastStopMs }),
    });
    if (cronDaemons.has(name)) timers.push({ name, kind: 'cron', state, masked });
  }
  return ok({ services, timers });
}

/** A service on its way down still holds its files; one on its way up does not serve yet. */
function stateOf(active: string): ServiceFacts['state'] {
  if (active === 'active' || active === 'reloading' || active === 'deactivating' || active === 'refreshing')
    return 'active';
  if (active === 'inactive' || active === 'activating') return 'inactive';
  return active === 'failed' ? 'failed' : 'unknown';
}

/** From when it began to stop until it was down, where it has been down since. */
function stopTook(value: ReadonlyMap<string, string>): number | undefined {
  const began = Number(value.get('ActiveExitTimestampMonotonic') ?? '0');
  const ended = Number(value.get('InactiveEnterTimestampMonotonic') ?? '0');
  return began > 0 && ended >= began ? Math.round((ended - began) / 1000) : undefined;
}

/** In milliseconds, by systemd.time(7). */
const unitsMs: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  month: 2_629_800_000,
  y: 31_557_600_000,
};

/** `1min 30s` in milliseconds; `undefined` for `infinity` and for what is no span. */
export function readSpanMs(text: string | undefined): number | undefined {
  const words = (text ?? '').split(' ').filter((word) => word !== '');
  let sumMs = 0;
  for (const word of words) {
    const [, count, unit] = /^(\d+(?:\.\d+)?)([a-z]+)$/.exec(word) ?? [];
    const each = unitsMs[unit ?? ''];
    if (count === undefined || each === undefined) return undefined;
    sumMs += Number(count) * each;
  }
  return words.length === 0 ? undefined : Math.round(sumMs);
}

/** `Mon 2026-11-23 06:00:00 UTC` as an ISO time; `undefined` for anything else. */
function readTime(text: string | undefined): string | undefined {
  const [, day, time] = /^\w{3} (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC$/.exec(text ?? '') ?? [];
  return day === undefined || time === undefined ? undefined : `${day}T${time}.000Z`;
}
