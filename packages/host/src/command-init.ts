import type { ServiceFacts, TimerState } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import type { InitSystem, Units } from './init-system.ts';

/**
 * An init system that is one program, for servers without systemd: containers, namespaces, a supervisor of one's own.
 * The program is called as
 *
 * - `PROGRAM list`: a line for each service and timer, of six words between tabs: `service`, `timer` or `cron`; its
 *   name; `active`, `inactive`, `failed` or `unknown`; `masked` or `free`; the milliseconds that a stop may take; the
 *   milliseconds that the last stop took. The last two may be `-`: not known;
 * - `PROGRAM stop NAME` and `PROGRAM start NAME`: end with 0 when it is down, or up, and else with another code and the
 *   reason on standard error. What they leave running must not hold their standard output or error open;
 * - `PROGRAM mask NAME…` and `PROGRAM unmask NAME…`: a masked service is started by nothing but `start` after
 *   `unmask`, also over a boot; masking a timer or a cron daemon stops it, unmasking starts it.
 */
export interface CommandInitOptions {
  /** The program and the words that always come first: `['/usr/sbin/supervise']`. */
  readonly program: readonly string[];
}

/** The init system that this program is. */
export function commandInit({ program }: CommandInitOptions): InitSystem {
  return {
    name: program.join(' '),
    list: [...program, 'list'],
    read: readUnits,
    stop: (name) => [...program, 'stop', name],
    start: (name) => [...program, 'start', name],
    mask: (names) => [...program, 'mask', ...names],
    unmask: (names) => [...program, 'unmask', ...names],
  };
}

const states = ['active', 'inactive', 'failed', 'unknown'] as const;

function readUnits(output: string): Result<Units, string> {
  const services: ServiceFacts[] = [];
  const timers: TimerState[] = [];
  for (const line of output.split('\n').filter((one) => one !== '')) {
    const [kind, name, word, mask, stopTimeout, lastStop, ...more] = line.split('\t');
    const state = states.find((one) => one === word);
    const isWhole = name !== undefined && name !== '' && state !== undefined && more.length === 0;
    const times = [stopTimeout, lastStop].map(readMs);
    if (!isWhole || (mask !== 'masked' && mask !== 'free') || times.includes('wrong')) {
      return err(`This is no line of a list of services: ${line}`);
    }
    const masked = mask === 'masked';
    const [stopTimeoutMs, lastStopMs] = times.map((time) => (time === 'wrong' ? undefined : time));
    if (kind === 'timer' || kind === 'cron') timers.push({ name, kind, state, masked });
    else if (kind === 'service') {
      services.push({
        name,
        state,
        masked,
        ...(stopTimeoutMs === undefined ? {} : { stopTimeoutMs }),
        ...(lastStopMs === undefined ? {} : { lastStopMs }),
      });
    } else return err(`Nothing is known of what this is: ${line}`);
  }
  return ok({ services, timers });
}

function readMs(word: string | undefined): number | undefined | 'wrong' {
  if (word === '-') return undefined;
  return word !== undefined && /^\d+$/.test(word) ? Number(word) : 'wrong';
}
