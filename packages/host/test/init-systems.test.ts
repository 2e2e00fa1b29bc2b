// What init systems print, and what it means. The first text is what systemd 252 shows.

import { describe, expect, test } from 'vitest';
import { commandInit, systemd } from '../src/index.ts';
import { readSpanMs } from '../src/systemd.ts';

const shown = `Id=cron.service
LoadState=loaded
ActiveState=active
UnitFileState=enabled
TimeoutStopUSec=1min 30s
ActiveExitTimestampMonotonic=0
InactiveEnterTimestampMonotonic=0
DropInPaths=

Id=mariadb.service
LoadState=masked
ActiveState=inactive
UnitFileState=masked
TimeoutStopUSec=15min
ActiveExitTimestampMonotonic=5000000
InactiveEnterTimestampMonotonic=12500000
DropInPaths=

Id=shop.service
LoadState=loaded
ActiveState=deactivating
UnitFileState=enabled
TimeoutStopUSec=infinity
ActiveExitTimestampMonotonic=7000000
InactiveEnterTimestampMonotonic=6000000
DropInPaths=/etc/systemd/system/shop.service.d/zz-belay-mask.conf

Id=ghost.service
LoadState=not-found
ActiveState=inactive

Id=apt-daily.timer
LoadState=loaded
ActiveState=active
UnitFileState=enabled
NextElapseUSecRealtime=Mon 2026-11-23 06:12:31 UTC
DropInPaths=
`;

describe('systemd', () => {
  const units = systemd.read(shown)._unsafeUnwrap();

  test('services have their states, masks and the times of their stops', () => {
    expect(units.services).toEqual([
      { name: 'cron', state: 'active', masked: false, stopTimeoutMs: 90_000 },
      { name: 'mariadb', state: 'inactive', masked: true, stopTimeoutMs: 900_000, lastStopMs: 7_500 },
      { name: 'shop', state: 'active', masked: true },
    ]);
  });

  test('timers and the daemons that read crontabs are what starts by the clock', () => {
    expect(units.timers).toEqual([
      { name: 'cron', kind: 'cron', state: 'active', masked: false },
      {
        name: 'apt-daily.timer',
        kind: 'timer',
        state: 'active',
        masked: false,
        nextAt: '2026-11-23T06:12:31.000Z',
      },
    ]);
  });

  test('a text that shows no units is not taken for a server without services', () => {
    expect(systemd.read('System has not been booted with systemd as init system').isErr()).toBe(true);
  });

  test('a name without a suffix is a service, and no name is taken for an option', () => {
    expect(systemd.stop('nginx').slice(-2)).toEqual(['--', 'nginx.service']);
    expect(systemd.mask(['apt-daily.timer', 'cron']).slice(-2)).toEqual(['apt-daily.timer', 'cron.service']);
  });

  test('spans of time are read exactly, and infinity is no span', () => {
    expect(['1min 30s', '500ms', '1h 2min 3.5s', '90s', 'infinity', '', '5 s'].map(readSpanMs)).toEqual([
      90_000,
      500,
      3_723_500,
      90_000,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('a program as init system', () => {
  const init = commandInit({ program: ['/usr/sbin/supervise', '--quiet'] });

  test('lists services and timers in lines of words between tabs', () => {
    const text =
      'service\tshop\tactive\tfree\t5000\t1200\nservice\tdb\tfailed\tmasked\t-\t-\ncron\tcron\tactive\tfree\t-\t-\n';
    expect(init.read(text)._unsafeUnwrap()).toEqual({
      services: [
        { name: 'shop', state: 'active', masked: false, stopTimeoutMs: 5_000, lastStopMs: 1_200 },
        { name: 'db', state: 'failed', masked: true },
      ],
      timers: [{ name: 'cron', kind: 'cron', state: 'active', masked: false }],
    });
  });

  test('a line that is not understood is an error that shows it', () => {
    for (const line of [
      'service\tshop\trunning\tfree\t-\t-',
      'service\tshop\tactive\tfree\t5s\t-',
      'shop is up',
    ]) {
      expect(init.read(line)._unsafeUnwrapErr()).toContain(line);
    }
  });

  test('its verbs come after the words of the program', () => {
    expect(init.mask(['a', 'b'])).toEqual(['/usr/sbin/supervise', '--quiet', 'mask', 'a', 'b']);
  });
});
