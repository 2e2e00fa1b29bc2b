/** Exit codes: one table for all commands. What is not in it is 1, an error that says itself what it is. */

export const exit = {
  done: 0,
  /** Something could not be done; the message says what. Wrong arguments and a wrong config are this, too. */
  error: 1,
  /** Only with `--detailed-exitcode`: there is something to do. */
  changes: 2,
  /** Nothing that is known to be safe leads there, or a scan was inconclusive. */
  refused: 3,
  /** A risk would have to be taken, by name and with a reason. */
  riskMissing: 4,
  /** It failed and everything was taken back: the source serves. */
  reverted: 10,
  /** Something could not be taken back, or nobody can tell what became of it: act now. */
  stuck: 11,
  /** It goes on without its keys. */
  background: 12,
  /** It failed after the point of no return: the target is the truth. */
  pastReturn: 13,
  /** The plan is no longer true: plan again. */
  stale: 14,
  /** It waits for a person. */
  held: 15,
  /** Somebody pressed Ctrl-C. */
  interrupted: 130,
} as const;
