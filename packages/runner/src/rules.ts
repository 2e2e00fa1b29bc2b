import type { Book, Ending } from './book.ts';
import type { Resolution } from './event.ts';
import { mayFreeKeys } from './free-keys.ts';
import type { Command, MachineEvent } from './machine.ts';
import { startOf } from './start.ts';

/**
 * What each event does to a run, and what may go on because of it.
 *
 * Forward: a node starts when all before it are done. Doubt: what may or may not have happened is probed first. Loss:
 * the scope stops and goes back. Backward: a node is reverted when every started node that stands on it has been.
 */
export class Rules {
  private readonly book: Book;
  private readonly limit: number;
  private commands: Command[] = [];

  constructor(book: Book, limit: number) {
    this.book = book;
    this.limit = limit;
  }

  apply(event: MachineEvent): Command[] {
    this.take(event);
    this.pump();
    const commands = this.commands;
    this.commands = [];
    return commands;
  }

  private take(event: MachineEvent): void {
    const { book } = this;
    switch (event.kind) {
      case 'created':
        book.locked = book.layout.topLevelLocked;
        return this.openScope(book.body);
      case 'started':
        return this.started(event.node, event.attempt);
      case 'done':
        return this.done(event.node);
      case 'failed':
        return this.failed(event.node, event.applied, event.again);
      case 'interrupted':
        return this.interrupted(event.node);
      case 'probed':
        return this.probed(event.node, event.happened);
      case 'revert-failed':
        return book.becomeStuck(event.node, 'stuck-revert');
      case 'reverted':
        book.leave(event.node);
        return this.settleReverted(event.node);
      case 'chosen':
        return this.chosen(event.node, event.choice);
      case 'exhausted':
        return this.exhausted(event.node);
      case 'asked':
        return this.asked(event.node);
      case 'patience-over':
        return this.patienceOver(event.node);
      case 'resolved':
        return this.resolved(event.node, event.how);
      case 'cancelled':
      case 'revert-requested':
        return this.stop(book.body, true);
      case 'keys-freed':
        book.keysFreed = true;
        return;
      case 'keys-taken':
        book.keysFreed = false;
        book.wantsKeys = false;
        return;
      case 'paused':
      case 'resumed':
        book.paused = event.kind === 'paused';
        return;
      case 'abandoned':
      case 'sealed':
        book[event.kind] = true;
    }
  }

  // Forward.

  private openScope(scope: number): void {
    const { book } = this;
    const inner = book.layout.inner(scope);
    book.modes[scope] = 'forward';
    book.open[scope] = inner.length;
    for (const node of inner) {
      // The body is opened once, as it was made.
      if (scope !== book.body) book.reset(node);
      if (book.waits[node] === 0) book.forward.push(node);
    }
    if (inner.length === 0) this.scopeDone(scope);
  }

  // Where the scope around has stopped since, the question was taken back, and its answer changes nothing.

  private chosen(scope: number, choice: number): void {
    const { book } = this;
    if (book.nodes[scope] !== 'ready') return;
    book.choice[scope] = choice;
    book.nodes[scope] = 'running';
    this.openScope(scope);
  }

  private exhausted(scope: number): void {
    const { book } = this;
    if (book.nodes[scope] !== 'ready') return;
    book.modes[scope] = 'reverted';
    this.lose(scope);
  }

  private asked(hold: number): void {
    const { book } = this;
    if (book.nodes[hold] !== 'ready') return;
    book.leave(hold);
    book.nodes[hold] = 'running';
    book.waiting++;
  }

  private started(node: number, attempt: number): void {
    const { book } = this;
    // A journal may know of starts that this code would have put off; what started, started.
    if (book.nodes[node] === 'pending') book.begin(node);
    if (book.nodes[node] !== 'ready') book.active++;
    book.nodes[node] = 'running';
    book.attempt[node] = attempt;
    if (book.layout.pivot === node) book.pivotPassed = true;
  }

  private done(node: number): void {
    const { book } = this;
    book.leave(node);
    book.nodes[node] = 'done';
    book.doubt[node] = 0;
    if (book.isForward(node)) this.advance(node);
    else this.toRevert(node, 'done');
  }

  private advance(node: number): void {
    const { book } = this;
    const home = book.layout.home(node);
    if (home === book.body && !book.layout.isLockFree(node)) book.locked--;
    for (const next of book.layout.dependents(node)) {
      if (book.add('waits', next, -1) === 0) book.forward.push(next);
    }
    if (book.add('open', home, -1) === 0) this.scopeDone(home);
  }

  private scopeDone(scope: number): void {
    const { book } = this;
    book.modes[scope] = 'done';
    if (scope === book.body) {
      book.keysFreed = true;
      return;
    }
    book.nodes[scope] = 'done';
    if (book.isForward(scope)) this.advance(scope);
  }

  private patienceOver(node: number): void {
    const { book } = this;
    if (book.nodes[node] === 'running' && book.isForward(node)) book.impatient(node, true);
  }

  private again(node: number): void {
    this.book.leave(node);
    this.book.nodes[node] = 'again';
    this.book.forward.push(node);
  }

  // Doubt and loss.

  private failed(node: number, applied: 'no' | 'yes' | 'unknown' | undefined, again: boolean): void {
    const { book } = this;
    book.mayRetry[node] = again ? 1 : 0;
    // A pivot that may have happened is past until somebody knows, whatever a later try of it says.
    const isPast = book.layout.pivot === node && (applied !== 'no' || book.doubt[node] === 1);
    if (applied !== 'unknown' && !isPast) return this.lose(node);
    book.doubt[node] = 1;
    if (!book.layout.node(node).hasProbe) return this.unsettled(node);
    book.nodes[node] = 'probing';
    this.order({ do: 'probe', node });
  }

  private interrupted(node: number): void {
    if (this.book.nodes[node] === 'running') this.failed(node, 'unknown', true);
    else if (this.book.nodes[node] === 'probing') this.order({ do: 'probe', node });
  }

  private probed(node: number, happened: 'no' | 'unknown'): void {
    const { book } = this;
    if (happened === 'unknown') return this.unsettled(node);
    this.notHappened(node);
    if (book.mayRetry[node] === 1 && book.isForward(node)) this.again(node);
    else this.lose(node);
  }

  private notHappened(node: number): void {
    this.book.doubt[node] = 0;
    if (this.book.layout.pivot === node) this.book.pivotPassed = false;
  }

  /** In doubt, and nobody can tell. */
  private unsettled(node: number): void {
    const { book } = this;
    const { idempotent, hasRevert, pivot } = book.layout.node(node);
    const repeatable = idempotent === true && pivot !== true;
    if (!book.isForward(node)) {
      book.leave(node);
      this.toRevert(node, 'unknown');
    } else if (repeatable && book.mayRetry[node] === 1) this.again(node);
    // What can be repeated and leaves nothing to undo need not stop a whole run for a person.
    else if (repeatable && hasRevert !== true) this.lose(node);
    else book.becomeStuck(node, 'stuck-unknown');
  }

  /** It did not come about, for good. The loss goes to its scope; past the point of no return it stays where it is. */
  private lose(node: number): void {
    const { book } = this;
    book.leave(node);
    if (book.layout.pivot === node) book.pivotPassed = false;
    book.nodes[node] = this.lossOf(node);
    const home = book.layout.home(node);
    if (!book.isForward(node)) this.toRevert(node, this.lossOf(node));
    else if (home === book.body && book.pivotPassed) book.becomeStuck(node, 'stuck-failed');
    else this.stop(home, false);
  }

  /** A later attempt may have failed for sure: what became of the one in doubt is still not known. */
  private lossOf(node: number): Ending {
    return this.book.doubt[node] === 1 ? 'unknown' : 'failed';
  }

  private resolved(node: number, how: Resolution): void {
    const { book } = this;
    if (how === 'mark-done') return this.done(node);
    if (how === 'mark-not-happened') {
      this.notHappened(node);
      return this.lose(node);
    }
    const wasRevert = book.nodes[node] === 'stuck-revert';
    if (how === 'retry' && !wasRevert) {
      if (book.kind(node) === 'scope') book.add('rounds', node, 1);
      return this.again(node);
    }
    book.leave(node);
    if (how === 'mark-reverted') return this.settleReverted(node);
    book.nodes[node] = 'to-revert';
    book.backward.push(node);
  }

  // Backward.

  private stop(scope: number, giveUp: boolean): void {
    const { book } = this;
    if (giveUp) book.giveUp[scope] = 1;
    const mode = book.mode(scope);
    if (mode !== 'forward' && mode !== 'done') return;
    book.modes[scope] = 'back';
    const inner = book.layout.inner(scope);
    for (const node of inner) this.halt(node);
    for (const node of inner) this.maybeRevert(node);
    // The last one to go may have said so already.
    if (book.begun[scope] === 0 && book.mode(scope) === 'back') this.scopeReverted(scope);
  }

  /** Tells one node of a stopping scope that it is over. */
  private halt(node: number): void {
    const { book } = this;
    const state = book.nodes[node];
    const kind = book.kind(node);
    book.impatient(node, false);
    if (state === 'running' && kind === 'scope') this.stop(node, true);
    else if (state === 'running' && kind === 'step') this.order({ do: 'abort', node });
    else if (state === 'running') book.end(node, 'done');
    else if (state === 'ready' && kind !== 'scope' && book.attempt[node] === 0) book.unbegin(node);
    else if (state === 'ready' || state === 'again' || state === 'stuck-failed')
      book.end(node, this.lossOf(node));
    else if (state === 'stuck-unknown') book.end(node, 'unknown');
  }

  private maybeRevert(node: number): void {
    const state = this.book.nodes[node];
    if (this.book.isForward(node)) return;
    if (state === 'done' || state === 'failed' || state === 'unknown') this.toRevert(node, state);
  }

  /** Remembers how the node ended, and reverts it as soon as no started dependent stands on it. */
  private toRevert(node: number, was: Ending): void {
    const { book } = this;
    book.was[node] = was;
    book.nodes[node] = book.live[node] === 0 ? 'to-revert' : was;
    if (book.live[node] === 0) book.backward.push(node);
  }

  private settleReverted(node: number): void {
    const { book } = this;
    book.nodes[node] = 'reverted';
    for (const before of book.layout.after(node)) {
      if (book.add('live', before, -1) === 0) this.maybeRevert(before);
    }
    const home = book.layout.home(node);
    if (book.add('begun', home, -1) === 0 && book.mode(home) === 'back') this.scopeReverted(home);
  }

  private scopeReverted(scope: number): void {
    const { book } = this;
    book.modes[scope] = 'reverted';
    if (scope === book.body) {
      book.keysFreed = true;
      return;
    }
    if (book.giveUp[scope] === 1 || !book.isForward(scope)) return this.settleReverted(scope);
    book.add('choice', scope, 1);
    this.again(scope);
  }

  /** Most events make one thing possible: a list that grows from nothing takes room for many. */
  private order(command: Command): void {
    if (this.commands.length === 0) this.commands = [command];
    else this.commands.push(command);
  }

  // What may go on now.

  private pump(): void {
    const { book } = this;
    if (book.abandoned) return;
    this.maybeTakeKeys(book.stuck > 0);
    if (book.paused) return;
    this.pumpBackward();
    while (book.forward.length > 0 && this.hasRoomFor(book.forward.peek()) && !this.isFrozen()) {
      this.startNext(book.forward.shift());
      // A start may make a revert possible (a scope that ends at once), and a revert a start.
      this.pumpBackward();
    }
    if (mayFreeKeys(book)) this.order({ do: 'free-keys' });
  }

  /** What does no work needs no room. */
  private hasRoomFor(node: number): boolean {
    const { book } = this;
    return book.active < this.limit || book.kind(node) === 'join';
  }

  private pumpBackward(): void {
    const { book } = this;
    while (book.backward.length > 0 && this.mayRevert(book.backward.peek()))
      this.revertNext(book.backward.shift());
  }

  /** Before the point of no return a doubt or a failed revert stops all that is new. */
  private isFrozen(): boolean {
    return this.book.stuck > 0 && !this.book.pivotPassed;
  }

  private startNext(node: number): void {
    const { book } = this;
    const state = book.nodes[node];
    if (!book.isForward(node)) return;
    if (state === 'pending' && book.waits[node] === 0) book.begin(node);
    else if (state !== 'again') return;
    book.nodes[node] = 'ready';
    // Choosing takes no time, and what is inside a scope counts for itself.
    if (book.kind(node) !== 'scope') book.active++;
    const command = startOf(book, node);
    if (command === undefined) this.done(node);
    else this.order(command);
  }

  private mayRevert(node: number): boolean {
    const { book } = this;
    this.maybeTakeKeys(true);
    return !book.keysFreed && (book.active < this.limit || book.layout.node(node).hasRevert !== true);
  }

  /** Nothing is undone without the run's keys, and what waits for a person is kept from others until it is settled. */
  private maybeTakeKeys(needs: boolean): void {
    const { book } = this;
    if (!needs || !book.keysFreed || book.wantsKeys) return;
    book.wantsKeys = true;
    this.order({ do: 'take-keys' });
  }

  private revertNext(node: number): void {
    const { book } = this;
    if (book.nodes[node] !== 'to-revert') return;
    if (book.kind(node) === 'scope') {
      if (book.mode(node) !== 'done') return this.settleReverted(node);
      book.nodes[node] = 'reverting';
      return this.stop(node, true);
    }
    if (book.layout.node(node).hasRevert !== true) return this.settleReverted(node);
    book.nodes[node] = 'reverting';
    book.active++;
    this.order({ do: 'revert', node, was: book.was[node] || 'unknown' });
  }
}
