// A promise of the adapter that is played through on two real servers, and how it ends badly.

import type { HostResult } from '@belay/cloud';
import type { RealScene, RealSubject } from './subject.ts';

export interface Story {
  readonly title: string;
  /** Rejects where it does not end well. */
  readonly play: (subject: RealSubject) => Promise<void>;
}

export const place = { provider: 'box', account: 'test', region: 'here' };

export function story(title: string, body: (scene: RealScene) => Promise<void>): Story {
  return {
    title,
    async play(subject) {
      const scene = await subject.open();
      try {
        await body(scene);
      } finally {
        await scene.close();
      }
    },
  };
}

export function check(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}

export async function must<T>(result: HostResult<T>): Promise<T> {
  return (await result).match(
    (value) => value,
    ({ operation, kind, message }) => {
      throw new Error(`${operation} failed as ${kind}: ${message}`);
    },
  );
}

export async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries += 1) {
    check(tries < 600, `It never came about: ${what}`);
    await new Promise((wake) => setTimeout(wake, 100));
  }
}

export async function refused(
  result: HostResult<unknown>,
): Promise<{ readonly kind: string; readonly message: string; readonly applied: string }> {
  return (await result).match(
    () => {
      throw new Error('It worked, and should not have.');
    },
    (error) => error,
  );
}
