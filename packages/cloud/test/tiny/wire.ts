import type { LeverOperation, Refusal } from '../../src/conformance.ts';
import type { CloudErrorKind } from '../../src/index.ts';
import { Refused, type World } from './world.ts';

/** The way from the adapter to the provider: it takes time, it counts, and it breaks where it was told to. */
export interface Wire {
  /** Asks for something. Throws {@link Refused}; where the answer was lost, the effect has taken place. */
  ask<T>(operation: string, session: number, effect: () => T): Promise<T>;
  plan(operation: LeverOperation | 'all.list', fault: Refusal | 'lose', times: number): void;
  calm(): void;
  calls(operation: LeverOperation): number;
  openSession(): Promise<number>;
  endSession(): void;
  sessions(): number;
  refuseSessions(on: boolean): void;
}

const kindOf: Readonly<Record<Refusal, CloudErrorKind>> = {
  throttled: 'throttled',
  transient: 'transient',
  html: 'transient',
  'out-of-stock': 'out-of-stock',
  quota: 'quota',
  forbidden: 'forbidden',
  unauthenticated: 'unauthenticated',
  cooldown: 'rate-cooldown',
};

const page = '<html><head><title>502</title></head><body>Bad gateway</body></html>';

export function openWire({ clock }: World): Wire {
  const plans = new Map<string, (Refusal | 'lose')[]>();
  const counts = new Map<string, number>();
  let opened = 0;
  let valid = 0;
  let refusing = false;
  const travel = (): Promise<void> => new Promise((arrive) => clock.after(20, arrive));
  return {
    async ask(operation, session, effect) {
      await travel();
      if (refusing || session !== valid) throw new Refused('unauthenticated', 'The session is not known.');
      counts.set(operation, (counts.get(operation) ?? 0) + 1);
      const fault = plans.get(operation)?.shift();
      if (fault !== undefined && fault !== 'lose') {
        const message = fault === 'html' ? page : `It was refused: ${fault}.`;
        throw new Refused(kindOf[fault], message, undefined, fault === 'html');
      }
      const answer = effect();
      await travel();
      if (fault === 'lose') throw new Refused('transient', 'The answer was lost.', undefined, true);
      return answer;
    },
    plan(operation, fault, times) {
      const more = Array.from({ length: times }, () => fault);
      plans.set(operation, [...(plans.get(operation) ?? []), ...more]);
    },
    calm: () => plans.clear(),
    calls: (operation) => counts.get(operation) ?? 0,
    async openSession() {
      await travel();
      if (refusing) throw new Refused('unauthenticated', 'The credentials are not known.');
      opened += 1;
      valid = opened;
      return valid;
    },
    endSession() {
      valid = -1;
    },
    sessions: () => opened,
    refuseSessions(on) {
      refusing = on;
    },
  };
}
