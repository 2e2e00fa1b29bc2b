import { err, type Result, ResultAsync } from 'neverthrow';
import type { Notice } from './alert.ts';
import { type AlertsError, type AlertsErrorKind, alertsError } from './alerts-error.ts';
import type { AlertEvent, Applied } from './apply.ts';
import type { Clock } from './clock.ts';
import { messageOf, type Target } from './target.ts';

/** What a delivery needs. */
export interface DeliveryOptions {
  readonly targets: Readonly<Record<string, Target>>;
  readonly clock: Clock;
  readonly answerWithinMs: number;
  /** Writes what became of a message; what follows from it comes back. */
  readonly apply: (cause: string, event: AlertEvent) => ResultAsync<Applied, AlertsError>;
}

/**
 * Takes messages to their targets. Targets do not wait for one another; messages about one cause to one target go out
 * one after the other, so that "resolved" never overtakes "raised". Each ends in time, with an answer or without.
 */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #lines = new Map<string, Promise<void>>();

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Sends what an event gave, and what follows from the answers. Returns at once. */
  send(applied: Applied): void {
    for (const notice of applied.sends) {
      const key = JSON.stringify([applied.alert.cause, notice.target]);
      const before = this.#lines.get(key) ?? Promise.resolve();
      const mine = before.then(() => this.#sendAndTell(applied, notice));
      this.#lines.set(key, mine);
      void mine.then(() => {
        if (this.#lines.get(key) === mine) this.#lines.delete(key);
      });
    }
  }

  /** Sends without writing anything down; gives the number of targets that confirmed. */
  sendOnce(applied: Applied): ResultAsync<number, never> {
    const tries = applied.sends.map((notice) => this.#try(applied, notice));
    return ResultAsync.fromSafePromise(
      Promise.all(tries).then((results) => results.filter((result) => result.isOk()).length),
    );
  }

  /** Resolves when nothing is on its way any more. */
  settled(): ResultAsync<void, never> {
    return ResultAsync.fromSafePromise(this.#drain());
  }

  async #drain(): Promise<void> {
    while (this.#lines.size > 0) await Promise.all(this.#lines.values());
  }

  async #sendAndTell(applied: Applied, notice: Notice): Promise<void> {
    const { cause } = applied.alert;
    const { target, seq } = notice;
    const answer = await this.#try(applied, notice);
    const event: AlertEvent = answer.match(
      () => ({ kind: 'delivered', target, seq }),
      (error) => ({ kind: 'failed', target, seq, error }),
    );
    const written = await this.#options.apply(cause, event);
    // An answer that cannot be written is one that never came: the message goes out again in its time.
    if (written.isOk()) this.send(written.value);
  }

  async #try({ alert }: Applied, notice: Notice): Promise<Result<void, AlertsError>> {
    const { targets, clock, answerWithinMs } = this.#options;
    const target = Object.hasOwn(targets, notice.target) ? targets[notice.target] : undefined;
    if (target === undefined) return refuse('refused', `there is no target ${notice.target} any more`);
    const controller = new AbortController();
    const late = Promise.withResolvers<Result<void, AlertsError>>();
    const cancelTimer = clock.after(answerWithinMs, () => {
      late.resolve(refuse('unreachable', `${notice.target} gave no answer within ${answerWithinMs} ms`));
      controller.abort();
    });
    try {
      const sent = target.send(messageOf(alert, notice), { signal: controller.signal });
      return await Promise.race([late.promise, sent]);
    } catch (thrown) {
      // A target of somebody else that breaks its promise must not silence the others.
      const name = thrown instanceof Error ? thrown.name : 'unknown reason';
      return refuse('unreachable', `${notice.target} failed: ${name}`);
    } finally {
      cancelTimer();
    }
  }
}

function refuse(kind: AlertsErrorKind, message: string): Result<void, AlertsError> {
  return err(alertsError(kind, message));
}
