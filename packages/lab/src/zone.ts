import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { CloudResult, DnsChange, DnsRecord } from '@belay/cloud';
import { err, ok, okAsync, ResultAsync, safeTry } from 'neverthrow';
import { command, tryCommand } from './command.ts';
import { withLocks } from './locks.ts';
import { pause } from './loop.ts';
import { bridgeOf, gatewayOf, type Site } from './site.ts';
import { fail, type Span } from './span.ts';
import { lineOf, parseAnswer, problemOf } from './zone-file.ts';

/** The zone of a lab: dnsmasq on the bridge, its records written by the lab, and read back by asking it. */

/** What the server answers now. */
export function askZone(
  span: Span,
  name: string,
  type: DnsRecord['type'],
): CloudResult<DnsRecord | undefined> {
  const gateway = gatewayOf(span.site);
  const flags = ['+noall', '+answer', '+comments', '+time=2', '+tries=2'];
  return command(span, ['dig', `@${gateway}`, ...flags, name, type]).andThen((text) => {
    const answer = parseAnswer(text, name, type);
    return answer === 'no-answer'
      ? err(fail(span, 'transient', `dnsmasq on ${gateway} did not answer for ${name}.`))
      : ok(answer);
  });
}

/** Puts one record set in place of another, restarts the server, and asks it until it says so. */
export function changeZone(span: Span, { from, to }: DnsChange): CloudResult<DnsRecord | undefined> {
  const { zones } = span.site.shelves;
  const subject = to ?? from;
  if (subject === undefined) return okAsync(undefined);
  const { name, type } = subject;
  return withLocks(span, ['zone'], () =>
    safeTry(async function* () {
      const wrong = to === undefined ? undefined : problemOf(to, span.site.settings.dnsZone);
      if (wrong !== undefined) return err(fail(span, 'invalid', wrong, { resourceId: name }));
      const { sets } = (await zones.get('zone')) ?? { sets: [] };
      const now = sets.find((one) => one.name === name && one.type === type);
      if (isSame(now, to)) return untilItAnswers(span, name, type, to, 0);
      if (!isSame(now, from)) {
        const message = `${name} ${type} is ${now?.values.join(' ') ?? 'not there'}: somebody else changed it.`;
        return err(fail(span, 'busy', message, { resourceId: name }));
      }
      const others = sets.filter((one) => one !== now);
      await zones.put({ id: 'zone', sets: to === undefined ? others : [...others, to] });
      yield* serveZone(span);
      return untilItAnswers(span, name, type, to, 0);
    }),
  );
}

/** Starts the server with the records that there are, in place of the one that ran. */
export function serveZone(span: Span): CloudResult<void> {
  const { site } = span;
  const { dnsZone } = site.settings;
  if (dnsZone === undefined) return okAsync(undefined);
  return safeTry(async function* () {
    const sets = (await site.shelves.zones.get('zone'))?.sets ?? [];
    const lines = [...serverLines(site, dnsZone), ...sets.flatMap(lineOf)];
    await writeFile(join(site.folder, 'dnsmasq.conf'), `${lines.join('\n')}\n`);
    yield* stopZone(span);
    yield* command(span, ['dnsmasq', `--conf-file=${join(site.folder, 'dnsmasq.conf')}`]);
    return ok(undefined);
  });
}

/** Ends the server, if it is there and is ours. */
export function stopZone(span: Span): CloudResult<void> {
  const { folder, machine } = span.site;
  return safeTry(async function* () {
    const text = await readFile(pidFile(folder), 'utf8').catch(() => '');
    const pid = Number(text.trim());
    if (text === '' || !(await isOurs(folder, pid))) return ok(undefined);
    await tryCommand(span, ['kill', '-TERM', String(pid)]);
    for (let tries = 0; tries < 200 && (await machine.startOf(pid)) !== undefined; tries++) {
      yield* pause(span, 10);
    }
    return ok(undefined);
  });
}

/** A number in a file may by now be another process: its command line names the lab's own file, or it is not ours. */
async function isOurs(folder: string, pid: number): Promise<boolean> {
  const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return words.includes(join(folder, 'dnsmasq.conf'));
}

function pidFile(folder: string): string {
  return join(folder, 'dnsmasq.pid');
}

function serverLines(site: Site, zone: string): readonly string[] {
  return [
    'no-resolv',
    'no-hosts',
    'no-poll',
    'bind-interfaces',
    `interface=${bridgeOf(site)}`,
    `listen-address=${gatewayOf(site)}`,
    'except-interface=lo',
    `local=/${zone.replace(/\.$/, '')}/`,
    `local-ttl=60`,
    'user=root',
    'cache-size=0',
    `pid-file=${pidFile(site.folder)}`,
  ];
}

const tries = 100;

function untilItAnswers(
  span: Span,
  name: string,
  type: DnsRecord['type'],
  wanted: DnsRecord | undefined,
  tried: number,
): CloudResult<DnsRecord | undefined> {
  return askZone(span, name, type)
    .orElse((error) => (tried < tries ? ok('unanswered' as const) : err(error)))
    .andThen((answer) => {
      if (answer !== 'unanswered' && isSame(answer, wanted)) return okAsync(wanted);
      if (tried >= tries) {
        const message = `dnsmasq does not serve ${name} ${type} as it was told.`;
        return new ResultAsync(Promise.resolve(err(fail(span, 'failed', message, { applied: 'unknown' }))));
      }
      return pause(span, 20).andThen(() => untilItAnswers(span, name, type, wanted, tried + 1));
    });
}

/** The order of the values says nothing. */
function isSame(a: DnsRecord | undefined, b: DnsRecord | undefined): boolean {
  const plain = (set: DnsRecord | undefined) => set && { ...set, values: [...set.values].sort() };
  return isDeepStrictEqual(plain(a), plain(b));
}
