// A promise that is played through on the box, and how it ends badly.

export interface Story {
  readonly title: string;
  /** Rejects where it does not end well. */
  readonly play: (folder: string) => Promise<void>;
}

export function check(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
