import { err, errAsync, ok, okAsync, type Result, ResultAsync } from 'neverthrow';
import { problemsOf } from '../check.ts';
import { type Clock, freshOwner, systemClock, wholeMs } from '../clock.ts';
import type { StoredEvent } from '../event.ts';
import type { StepGraph } from '../graph.ts';
import { isFinal } from '../journal/rules.ts';
import type { Created, Journal, JournalResult, NewRun, Request, RunRow } from '../journal.ts';
import { type Json, jsonProblem } from '../json.ts';
import type { Outcome, RunnerError } from '../outcome.ts';
import { buildProgram } from '../program.ts';
import type {
  AnyGraph,
  EventsOptions,
  ListFilter,
  Recovered,
  RunInfo,
  Runner,
  RunnerOptions,
  RunOptions,
  Word,
} from '../runner.ts';
import { type Surroundings, waitElsewhere } from './elsewhere.ts';
import { closedError, fail, journalTrouble, lockedError, prunedError, runnerError } from './errors.ts';
import { eventStream } from './event-stream.ts';
import { infoOf } from './info.ts';
import { LiveRun } from './live-run.ts';
import { Loader, sameRun } from './loading.ts';
import { Mailbox } from './mailbox.ts';
import { optionsProblem } from './options.ts';
import { RunRecord } from './record.ts';
import { refusalOf } from './requests.ts';
import { Turns } from './turns.ts';
import { Verbs } from './verbs.ts';
import { Writer } from './writer.ts';

/** The engine of one process on one journal. */
export class LocalRunner extends Verbs implements Runner {
  readonly journal: Journal;
  readonly clock: Clock;
  private readonly owner: string;
  private readonly limit: number;
  private readonly leaseMs: number;
  private readonly services: unknown;
  private readonly maxOutputBytes: number;
  private readonly graphs: ReadonlyMap<string, AnyGraph>;
  private readonly loader: Loader;
  private readonly writer: Writer;
  private readonly mailbox: Mailbox;
  private readonly live = new Map<string, LiveRun>();
  /** Runs that are being started or taken over: a second caller waits for the first. */
  private readonly arriving = new Turns();
  private trouble: RunnerError | undefined;
  private closing: Promise<void> | undefined;

  static async open<const G extends readonly AnyGraph[]>(options: RunnerOptions<G>): Promise<LocalRunner> {
    const runner = new LocalRunner(options);
    const { owner, leaseMs, clock } = runner;
    const opened = await runner.journal.open({ owner, leaseMs, now: () => clock.now() });
    if (opened.isErr()) runner.trouble = journalTrouble(opened.error);
    return runner;
  }

  private constructor(options: RunnerOptions<readonly AnyGraph[]>) {
    super();
    this.journal = options.journal;
    this.clock = wholeMs(options.clock ?? systemClock);
    this.owner = options.owner ?? freshOwner();
    this.limit = options.concurrency ?? 128;
    this.services = options.services;
    this.maxOutputBytes = options.maxOutputBytes ?? 1_048_576;
    this.graphs = new Map(options.graphs.map((graph) => [graph.name, graph]));
    if (this.graphs.size < options.graphs.length)
      throw new TypeError('two registered graphs have the same name');
    this.loader = new Loader(this.journal, this.graphs, this.limit);
    this.writer = new Writer(this.journal, this.clock);
    this.leaseMs = options.leaseMs ?? 30_000;
    this.mailbox = new Mailbox(this, this.leaseMs);
  }

  // Starting.

  run<S, I, O>(
    graph: StepGraph<S, I, O>,
    input: I,
    options: RunOptions,
  ): ResultAsync<Outcome<O>, RunnerError> {
    const wrong = optionsProblem(options);
    if (wrong !== undefined) return fail('invalid', wrong);
    const keys = [...new Set(options.keys ?? [])].sort();
    const starting = this.start(graph, input, options.id, keys, (run) => this.journal.create(run));
    return this.outcomeOf(starting, options);
  }

  rescue<S, I, O>(
    stuckRunId: string,
    graph: StepGraph<S, I, O>,
    input: I,
    options: Omit<RunOptions, 'keys'> & Word,
  ): ResultAsync<Outcome<O>, RunnerError> {
    const wrong = optionsProblem(options);
    if (wrong !== undefined) return fail('invalid', wrong);
    // A rescue that is asked for again is found by its id, like any run.
    const starting = this.usable(() => this.journal.row(options.id))
      .andThen((known) => (known === undefined ? this.rescuable(stuckRunId) : okAsync(known)))
      .andThen((row) =>
        this.start(graph, input, options.id, row.keys, (run) =>
          row.runId === options.id
            ? this.journal.create(run)
            : this.journal.transfer(stuckRunId, run, options.by, options.reason),
        ),
      )
      .map((live) => {
        if (live?.runId === options.id) this.live.get(stuckRunId)?.takenOver();
        return live;
      });
    return this.outcomeOf(starting, options);
  }

  private rescuable(runId: string): ResultAsync<RunRow, RunnerError> {
    return this.row(runId).andThen((row) =>
      row.state === 'stuck'
        ? okAsync(row)
        : errAsync(
            runnerError('refused', `only a stuck run can be rescued; ${runId} is ${row.state}`, runId),
          ),
    );
  }

  private outcomeOf<O>(
    starting: ResultAsync<LiveRun | undefined, RunnerError>,
    options: { readonly id: string; readonly signal?: AbortSignal | undefined },
  ): ResultAsync<Outcome<O>, RunnerError> {
    // What the graph returns was checked as the step's output, whose type is O.
    return starting.andThen((live) =>
      this.settled(options.id, live, 'settled', options.signal),
    ) as ResultAsync<Outcome<O>, RunnerError>;
  }

  /** Starts a run here, or finds it where it is (`undefined`: not in this process). */
  private start<S, I, O>(
    graph: StepGraph<S, I, O>,
    input: I,
    runId: string,
    keys: readonly string[],
    create: (run: NewRun) => JournalResult<Created>,
  ): ResultAsync<LiveRun | undefined, RunnerError> {
    const unusable = this.unusable() ?? this.unregistered(graph, runId);
    if (unusable !== undefined) return errAsync(unusable);
    const wrong = jsonProblem(input, 'input');
    if (wrong !== undefined) return fail('invalid', `${wrong}, which JSON cannot carry`, runId);
    return this.arriving.once(runId, () => this.startNow(graph, input, runId, keys, create));
  }

  private async startNow<S, I, O>(
    graph: StepGraph<S, I, O>,
    input: I,
    runId: string,
    keys: readonly string[],
    create: (run: NewRun) => JournalResult<Created>,
  ): Promise<Result<LiveRun | undefined, RunnerError>> {
    const json: Json = JSON.parse(JSON.stringify(input ?? null));
    const here = this.live.get(runId);
    if (here !== undefined)
      return sameRun(here.record.program.shape.graph, here.record.input, graph, json, runId).map(() => here);
    const program = buildProgram(graph, json as I);
    const problems = problemsOf(program).map((each) => each.sentence);
    if (problems.length > 0) {
      return err(runnerError('invalid', `graph ${graph.name}: ${problems.join('; ')}`, runId));
    }
    const record = new RunRecord(runId, program, this.limit);
    const live = this.liveRun(record, 0, 0);
    const atMs = this.clock.now();
    const events = live.begin(json, keys);
    const created = await create({ runId, graph: graph.name, input: json, keys, atMs, events });
    if (created.isErr()) return err(journalTrouble(created.error, runId));
    if (created.value.created) {
      this.admit(live);
      live.created(created.value.fence, atMs);
      return ok(live);
    }
    if ('locked' in created.value) return err(lockedError(runId, created.value.locked));
    const { row } = created.value;
    const same = sameRun(row.graph, row.input, graph, json, runId);
    if (same.isErr()) return err(same.error);
    return isFinal(row.state) ? ok(undefined) : await this.takeOver(row);
  }

  // Taking over.

  recover(): ResultAsync<Recovered, RunnerError> {
    return this.list({
      state: ['running', 'waiting', 'background', 'suspended', 'reverting', 'stuck'],
    }).andThen((rows) => new ResultAsync(this.recoverAll(rows.filter((row) => row.ownerIs !== 'live'))));
  }

  private async recoverAll(rows: readonly RunRow[]): Promise<Result<Recovered, RunnerError>> {
    const recovered: string[] = [];
    const left: { runId: string; error: RunnerError }[] = [];
    for (const row of rows) {
      const taken = await this.arriving.once(row.runId, () => this.takeOver(row, 'unless-paused'));
      if (taken.isErr()) left.push({ runId: row.runId, error: taken.error });
      else if (taken.value !== undefined) recovered.push(row.runId);
    }
    return ok({ recovered, left });
  }

  /** Makes an ownerless run ours; `undefined` where it has an owner that lives, or is paused and shall stay so. */
  private async takeOver(
    row: RunRow,
    how?: 'unless-paused',
  ): Promise<Result<LiveRun | undefined, RunnerError>> {
    const here = this.live.get(row.runId);
    if (here !== undefined) return ok(here);
    if (row.ownerIs === 'live') return ok(undefined);
    const loaded = await this.loader.load(row);
    if (loaded.isErr()) return err(loaded.error);
    // One that was cut off while it came to rest is brought to rest first.
    const isResting = loaded.value.record.machine.state === 'suspended';
    if (how === 'unless-paused' && isResting) return ok(undefined);
    const claimed = await this.journal.claim(row.runId, row.fence);
    if (claimed.isErr()) return err(journalTrouble(claimed.error, row.runId));
    if (!claimed.value.claimed) return ok(undefined);
    // An owner that only hung may have written until the moment of the claim.
    const isCurrent = claimed.value.row.lastSeq === loaded.value.lastSeq;
    const current = isCurrent ? loaded : await this.loader.load(claimed.value.row);
    if (current.isErr()) {
      const { fence, row: held } = claimed.value;
      const given = {
        runId: row.runId,
        fence,
        seq: held.lastSeq + 1,
        atMs: this.clock.now(),
        events: [],
        release: true,
      };
      const released = await this.journal.append([given]);
      return err(released.isErr() ? journalTrouble(released.error, row.runId) : current.error);
    }
    const live = this.liveRun(current.value.record, claimed.value.fence, current.value.lastSeq);
    this.admit(live);
    live.resume(this.owner, row.state);
    return ok(live);
  }

  // Looking.

  wait(
    runId: string,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): ResultAsync<Outcome<unknown>, RunnerError> {
    const unusable = this.unusable();
    if (unusable !== undefined) return errAsync(unusable);
    const live = this.live.get(runId);
    if (live !== undefined) return this.settled(runId, live, 'ended', options.signal);
    return this.row(runId).andThen(() => this.settled(runId, undefined, 'ended', options.signal));
  }

  /** Waits for an outcome, wherever the run is. */
  private settled(
    runId: string,
    live: LiveRun | undefined,
    until: 'settled' | 'ended',
    signal: AbortSignal | undefined,
  ): ResultAsync<Outcome<unknown>, RunnerError> {
    return new ResultAsync(
      live === undefined ? waitElsewhere(this.world(), runId, until, signal) : live.wait(until, signal),
    );
  }

  get(runId: string): ResultAsync<RunInfo, RunnerError> {
    return this.row(runId).andThen(
      (row) => new ResultAsync(infoOf(row, this.live.get(runId)?.record, this.loader)),
    );
  }

  list(filter: ListFilter = {}): ResultAsync<readonly RunRow[], RunnerError> {
    return this.usable(() => this.journal.rows(filter));
  }

  events(runId: string, options: EventsOptions = {}): AsyncIterable<StoredEvent> {
    return eventStream(this.world(), runId, options);
  }

  // Being asked.

  /** Asks the run where it is: here, nowhere (then it is taken over), or in another process (through the mailbox). */
  protected ask(runId: string, request: Request): ResultAsync<void, RunnerError> {
    const unusable = this.unusable();
    if (unusable !== undefined) return errAsync(unusable);
    const wordless = 'reason' in request && (request.by === '' || request.reason === '');
    if (wordless) return fail('invalid', 'by and reason: say who asks, and why', runId);
    const live = this.live.get(runId);
    if (live !== undefined) return live.request(request);
    return this.row(runId).andThen((row) => new ResultAsync(this.askElsewhere(row, request)));
  }

  private async askElsewhere(row: RunRow, request: Request): Promise<Result<void, RunnerError>> {
    if (row.ownerIs === 'live') return await this.mailbox.ask(row.runId, request);
    const pruned = prunedError(row);
    if (pruned !== undefined) return err(pruned);
    // A refusal needs no new owner.
    const loaded = await this.loader.load(row);
    if (loaded.isErr()) return err(loaded.error);
    const refused = refusalOf(loaded.value.record, request, this.maxOutputBytes);
    if (refused !== undefined) return err(runnerError('refused', `run ${row.runId}: ${refused}`, row.runId));
    const taken = await this.arriving.once(row.runId, () => this.takeOver(row));
    if (taken.isErr()) return err(taken.error);
    return taken.value === undefined
      ? await this.mailbox.ask(row.runId, request)
      : await taken.value.request(request);
  }

  /** Takes a run over that nobody owns any more. */
  adopt(runId: string): ResultAsync<void, RunnerError> {
    return this.row(runId)
      .andThen((row) =>
        row.ownerIs === 'live' ? okAsync(undefined) : this.arriving.once(runId, () => this.takeOver(row)),
      )
      .map(() => undefined);
  }

  /** The runs of this process, for the mailbox. */
  liveRunOf(runId: string): LiveRun | undefined {
    return this.live.get(runId);
  }

  // Keeping house.

  close(options: { readonly deadlineMs?: number } = {}): Promise<void> {
    this.closing ??= this.closeNow(options.deadlineMs ?? 30_000);
    return this.closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private async closeNow(deadlineMs: number): Promise<void> {
    const deadline = new AbortController();
    const cancel = this.clock.after(deadlineMs, () => deadline.abort());
    await this.arriving.allOver();
    await Promise.all([...this.live.values()].map((live) => live.close(deadline.signal)));
    cancel();
    this.mailbox.stop();
    this.trouble ??= closedError();
    // A journal that cannot say goodbye leaves a dead owner's runs, which recovery finds all the same.
    (await this.journal.close()).unwrapOr(undefined);
  }

  // Small words.

  /** What those need who look at runs that may be anywhere. */
  private world(): Surroundings {
    const live = (runId: string): LiveRun | undefined => this.live.get(runId);
    const { journal, clock, loader } = this;
    return { journal, clock, loader, live, unusable: () => this.unusable() };
  }

  private liveRun(record: RunRecord, fence: number, lastSeq: number): LiveRun {
    const { journal, writer, clock, services, maxOutputBytes } = this;
    const onGone = (run: LiveRun): void => {
      if (this.live.get(run.runId) === run) this.live.delete(run.runId);
      if (this.live.size === 0) this.mailbox.rest();
    };
    return new LiveRun(
      record,
      { journal, writer, clock, services, maxOutputBytes, sureForMs: this.leaseMs / 2, onGone },
      { fence, lastSeq },
    );
  }

  private admit(live: LiveRun): void {
    this.live.set(live.runId, live);
    this.mailbox.wake();
  }

  private unusable(): RunnerError | undefined {
    return this.trouble ?? (this.closing === undefined ? undefined : closedError());
  }

  private unregistered(graph: { readonly name: string }, runId: string): RunnerError | undefined {
    if (this.graphs.get(graph.name) === (graph as unknown)) return undefined;
    const other = this.graphs.has(graph.name)
      ? 'another graph of that name is registered'
      : 'it is not registered';
    return runnerError('unknown-graph', `graph ${graph.name} cannot be run here: ${other}`, runId);
  }

  protected usable<T>(work: () => JournalResult<T>): ResultAsync<T, RunnerError> {
    const unusable = this.unusable();
    return unusable === undefined ? work().mapErr((error) => journalTrouble(error)) : errAsync(unusable);
  }

  private row(runId: string): ResultAsync<RunRow, RunnerError> {
    return this.usable(() => this.journal.row(runId)).andThen((row) =>
      row === undefined ? err(runnerError('unknown-run', `there is no run ${runId}`, runId)) : ok(row),
    );
  }
}
