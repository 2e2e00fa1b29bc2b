// A cloud that `npm run conformance` puts the cases to: how it is opened, and whose adapter it proves.

import type { Subject } from '@belay/cloud/conformance';

export interface CloudUnderTest {
  /** Its column in the table, and what `--only` takes. */
  readonly name: string;
  /** Clouds of one lane are opened one after the other, lanes side by side: most of the time of each is waiting. */
  readonly lane: string;
  /** The package that keeps, or breaks, the promises. */
  readonly adapter: string;
  /** What stands behind the adapter, in a few words. */
  readonly what: string;
  /** Throws, with a sentence, where it cannot be opened on this machine. */
  open(run: Run): Promise<OpenCloud>;
}

export interface Run {
  /** Another one for each run: it is part of every key and tag. */
  readonly runName: string;
  readonly say: (line: string) => void;
}

export interface OpenCloud {
  readonly subject: Subject;
  close(): Promise<void>;
}
