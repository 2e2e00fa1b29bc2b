import { err, ok, type Result } from 'neverthrow';
import type { Request, StoredRequest } from '../journal.ts';
import type { Json } from '../json.ts';
import type { RunnerError } from '../outcome.ts';
import { closedError, journalTrouble } from './errors.ts';
import type { LocalRunner } from './local-runner.ts';

/**
 * How processes ask one another: a request is left in the journal, the run's owner finds it, does it and answers. The
 * same rounds carry the owner's sign of life. Without live runs there are no rounds.
 */
export class Mailbox {
  private readonly runner: LocalRunner;
  private readonly roundMs = 200;
  private readonly beatMs: number;
  private cancel: (() => void) | undefined;
  private lastBeatMs = 0;
  private isStopped = false;

  constructor(runner: LocalRunner, leaseMs: number) {
    this.runner = runner;
    this.beatMs = leaseMs / 3;
  }

  wake(): void {
    if (this.cancel === undefined && !this.isStopped) this.next();
  }

  rest(): void {
    this.cancel?.();
    this.cancel = undefined;
  }

  stop(): void {
    this.isStopped = true;
    this.rest();
  }

  /** Asks the owner of a run in another process, and waits for the answer. */
  async ask(runId: string, request: Request): Promise<Result<void, RunnerError>> {
    const { journal, clock } = this.runner;
    const asked = await journal.request(runId, request);
    if (asked.isErr()) return err(journalTrouble(asked.error, runId));
    while (!this.isStopped) {
      const answer = await journal.answerOf(asked.value);
      if (answer.isErr()) return err(journalTrouble(answer.error, runId));
      if (answer.value !== undefined) return read(answer.value);
      // The owner may have died over it: then the run is carried on here, where the request is found in its mail.
      const adopted = await this.runner.adopt(runId);
      if (adopted.isErr()) return err({ ...adopted.error, applied: 'unknown' });
      await new Promise<void>((resolve) => clock.after(this.roundMs / 2, resolve));
    }
    return err(closedError(runId));
  }

  private next(): void {
    const { clock } = this.runner;
    this.cancel = clock.after(Math.min(this.roundMs, this.beatMs), () => {
      void this.round().finally(() => {
        if (this.cancel !== undefined && !this.isStopped) this.next();
      });
    });
  }

  private async round(): Promise<void> {
    const { journal, clock } = this.runner;
    if (clock.now() - this.lastBeatMs >= this.beatMs) {
      // A sign of life that cannot be given is not repeated at once: the fence decides in the end.
      this.lastBeatMs = clock.now();
      const beat = await journal.heartbeat();
      if (beat.isErr()) return;
    }
    const pending = await journal.pending('owned');
    if (pending.isErr()) return;
    for (const request of pending.value) await this.grant(request);
  }

  private async grant(stored: StoredRequest): Promise<void> {
    const live = this.runner.liveRunOf(stored.runId);
    if (live === undefined) return;
    const result = await live.request(stored.request, stored.id);
    const answer: Json = result.isOk() ? { granted: true } : { granted: false, error: plain(result.error) };
    const answered = await this.runner.journal.answer(stored.id, answer);
    if (answered.isErr()) return;
  }
}

function plain(error: RunnerError): Json {
  return JSON.parse(JSON.stringify(error));
}

function read(answer: Json): Result<void, RunnerError> {
  const { granted, error } = answer as unknown as { granted: boolean; error: RunnerError };
  return granted ? ok(undefined) : err(error);
}
