// What the conformance cases cannot ask of every adapter: stories of ssh itself.

import type { RealSubject } from './subject.ts';

export interface Story {
  readonly title: string;
  /** Rejects where it does not end well. */
  readonly play: (subject: RealSubject) => Promise<void>;
}

export const stories: readonly Story[] = [];
