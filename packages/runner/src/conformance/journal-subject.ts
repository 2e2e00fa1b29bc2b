import type { Journal } from '../journal.ts';
import type { Subject } from './case.ts';

/**
 * What the journal cases are put to. Each case asks for a store of its own and opens several journals over it, each
 * standing for one more process.
 */
export interface JournalSubject extends Subject {
  readonly levers: JournalLevers;
  /** A new and empty store. */
  readonly store: () => Promise<JournalStore>;
}

/** A store in which several journals can meet. */
export interface JournalStore {
  /** One more journal over this store, not open yet. */
  journal(): Journal;
  /** A place that a copy can be written to, and nothing is there. */
  copyPath(): string;
  /** Called when the case is over and its journals are closed. */
  dispose(): Promise<void>;
}

/** What can be done to a store from the outside. */
export interface JournalLevers {
  /** Ends an owner as the death of its process would: without a word to the store. */
  readonly killOwner?: (store: JournalStore, owner: string) => Promise<void>;
  /** A journal over a copy that `backupTo` wrote, not open yet. */
  readonly openCopy?: (path: string) => Journal;
}
