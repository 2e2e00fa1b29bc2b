// `belay alerts run` over real sockets and timers: the sign of life to a dead-man's switch, and its silence.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@belay/cloud';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { buildHouse, type House, type Said } from './scanner-house.ts';

let house: House;
let server: Server;
/** The calls that the switch has had: method and path. */
let beats: string[] = [];
let watching: { readonly stop: AbortController; readonly ended: Promise<Said> } | undefined;

beforeEach(async () => {
  beats = [];
  house = await buildHouse();
  server = createServer((request, response) => {
    beats.push(`${request.method} ${request.url}`);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  house.config((all) => {
    all.alerts.heartbeat = { url: { env: 'SWITCH' }, method: 'POST', everyMs: 50 };
  });
});
afterEach(async () => {
  watching?.stop.abort();
  await watching?.ended;
  watching = undefined;
  await new Promise((resolve) => server.close(resolve));
  await house.tearDown();
});

const switchAt = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/life`;

/** Begins the watch in the background, with real time. */
function watch(): { readonly stop: AbortController; readonly ended: Promise<Said> } {
  const stop = new AbortController();
  const env = (name: string) => (name === 'SWITCH' ? switchAt() : undefined);
  const world = { signal: stop.signal, clock: systemClock, env };
  watching = { stop, ended: house.belayIn(world, 'alerts', 'run', '--poll-seconds', '0.05') };
  return watching;
}

/** So many more calls have come. */
const beaten = (count: number) => {
  const from = beats.length;
  return vi.waitFor(() => expect(beats.length).toBeGreaterThanOrEqual(from + count), 20_000);
};

test('the watch beats while all is well, and says when it has ended', async () => {
  const { stop, ended } = watch();
  await beaten(3);
  expect(new Set(beats)).toEqual(new Set(['POST /life']));
  stop.abort();
  const { code, people } = await ended;
  expect(code).toBe(0);
  expect(people).toContain('keeping watch as backup-3');
  expect(people).toContain('the watch has ended: nothing is repeated or escalated any more');
  const last = beats.length;
  await new Promise((resolve) => setTimeout(resolve, 300));
  // One may have been on its way.
  expect(beats.length).toBeLessThanOrEqual(last + 1);
});

test('an alert that reaches nobody silences the switch until it gets through', async () => {
  house.store('archives/ann/1.tar');
  // A scan needs no address of the switch: it gives no signs of life.
  expect((await house.belay('scan', 'offsite')).code).toBe(0);
  house.pager(false);
  await house.belay('breaker', 'open', 'offsite', '--reason', 'odd counts');
  expect(JSON.parse((await house.belay('alerts', 'list', '--json')).data).alerts).toHaveLength(1);
  watch();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(beats).toEqual([]);
  house.pager(true);
  await vi.waitFor(() => expect(house.told.length).toBeGreaterThan(0), 60_000);
  await beaten(2);
}, 120_000);

test('a switch whose address is not at hand is a sentence that names the field, and no watch without it', async () => {
  const answer = await house.belayIn({ clock: systemClock }, 'alerts', 'run');
  expect(answer).toMatchObject({ code: 1, people: expect.stringContaining('alerts.heartbeat.url') });
});
