/**
 * A reason not to believe, in words for the person who is woken by it: what was seen, and what would settle it.
 */

/** One reason. */
export interface Doubt {
  /** The rule that speaks, such as `ended-explicitly`. */
  readonly rule: string;
  /** Which side it is about; left out where it is about all of it. */
  readonly side?: string | undefined;
  readonly message: string;
}
