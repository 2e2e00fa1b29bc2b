import { err, ok, type Result } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { type Failure, json } from '../src/index.ts';
import { Bench, graph } from './model/bench.ts';

const full = (zone: string): Failure => ({ kind: 'out-of-stock', message: `${zone} is full`, applied: 'no' });

describe('a scope, run by the engine', () => {
  it('gives each try the next choice and a key of its own, and hands out what it returns', async () => {
    const bench = new Bench();
    const log: string[] = [];
    const built = graph('g', (g) => {
      const place = g.scope('place', { choices: ['north', 'south'] }, (s, zone) => {
        const volume = s.step('volume', {
          run: (_, { key }) => ok(key),
          revert: (was) => ok(log.push(was.outcome === 'done' ? `- ${was.output}` : '-')),
          revertBlind: true,
        });
        s.step('server', {
          needs: { zone },
          after: [volume],
          run: ({ zone: in_ }, { key }): Result<string, Failure> =>
            log.push(`${key} in ${in_}`) && in_ === 'north' ? err(full(in_)) : ok(key),
        });
        return { volume, zone };
      });
      g.step('use', {
        needs: { place },
        run: ({ place: { volume, zone } }) => ok(log.push(`${volume} in ${zone}`)),
      });
    });
    expect((await bench.play(built)).outcome.state).toBe('success');
    expect(log).toEqual([
      'r/place#0/server in north',
      '- r/place#0/volume',
      'r/place#1/server in south',
      'r/place#1/volume in south',
    ]);
  });

  it('remembers each choice and its error in the journal, and says the last one when none is left', async () => {
    const bench = new Bench();
    const built = graph('g', (g) => {
      const zones = g.step('zones', { run: () => ok(['north', 'south']) });
      g.scope('place', { choices: zones }, (s, zone) => {
        s.step('server', {
          needs: { zone },
          run: ({ zone: in_ }): Result<string, Failure> => err(full(in_)),
        });
      });
    });
    const { outcome, events } = await bench.play(built);
    expect(outcome).toMatchObject({
      state: 'reverted',
      cause: { kind: 'exhausted', applied: 'no', cause: full('south') },
    });
    const history = events.flatMap((event) => {
      if (event.kind === 'chosen') return [event.value];
      return event.kind === 'failed' ? [event.error.message] : [];
    });
    expect(history).toEqual(['north', 'north is full', 'south', 'south is full']);
  });

  it('that has nothing to choose from stops what begins beside it before it has begun', async () => {
    const bench = new Bench();
    const log: string[] = [];
    const built = graph('g', (g) => {
      const none = g.step('none', { run: (): Result<string[], Failure> => ok([]) });
      g.scope('place', { choices: none }, (s) => s.step('in', { run: () => ok(log.push('in')) }));
      g.step('beside', { after: [none], run: () => ok(log.push('beside')) });
    });
    const { outcome, events } = await bench.play(built);
    expect(outcome).toMatchObject({ state: 'reverted', cause: { kind: 'exhausted' } });
    expect(log).toEqual([]);
    expect(events.at(-1)).toEqual({ kind: 'finished', state: 'reverted' });
    expect(events.filter((event) => event.kind === 'started' && event.step !== 'none')).toEqual([]);
  });

  it('forgets what a step of an earlier try saved for its revert', async () => {
    const bench = new Bench();
    const seen: unknown[] = [];
    const built = graph('g', (g) => {
      g.scope('place', { choices: [1, 2] }, (s, choice) => {
        s.step('in', {
          needs: { choice },
          undo: json<string>(),
          run: async ({ choice: n }, { saveUndo }): Promise<Result<number, Failure>> => {
            if (n === 1) await saveUndo('of the first try').unwrapOr(undefined);
            return err(full('it'));
          },
          revert: ({ undo }) => ok(seen.push(undo)),
        });
      });
    });
    await bench.play(built);
    expect(seen).toEqual(['of the first try', undefined]);
  });

  it('knows of each step how it ended in this try and not in another', async () => {
    const bench = new Bench();
    const seen: unknown[] = [];
    const built = graph('g', (g) => {
      g.scope('place', { choices: [1, 2] }, (s, choice) => {
        const first = s.step('first', {
          needs: { choice },
          run: ({ choice: n }): Result<number, Failure> => (n === 1 ? ok(10) : err(full('it'))),
          revert: (was) => ok(seen.push(was.outcome === 'done' ? was.output : was.outcome)),
          revertBlind: true,
        });
        s.step('second', { after: [first], run: (): Result<number, Failure> => err(full('it')) });
      });
    });
    await bench.play(built);
    expect(seen).toEqual([10, 'failed']);
  });
});
