/**
 * What a way back costs in data. It is counted from the newest data of the application that the way brings, never from
 * the end of a transfer, to the moment when the source was last seen to serve: what came after that nobody had accepted.
 */

import type { IsoTime } from '@belay/cloud';
import type { RescueFacts } from './rescue-facts.ts';

/** What would be lost. */
export interface Loss {
  /** So much of what was accepted, at most; absent where nobody can tell. */
  readonly seconds?: number | undefined;
  /** The data is from then. */
  readonly dataAt?: IsoTime | undefined;
  readonly sentence: string;
}

/** The disk itself comes along: all that had reached it. */
export const noLoss: Loss = {
  seconds: 0,
  sentence: 'nothing that had reached the disk',
};

/** Everything that came after this time. */
export function lossSince(dataAt: IsoTime, { lastServedAt }: RescueFacts, now: IsoTime): Loss {
  const end = lastServedAt.known ? lastServedAt.value : now;
  const until = lastServedAt.known ? `it last served at ${end}` : 'now, as nobody saw when it stopped';
  const seconds = (Date.parse(end) - Date.parse(dataAt)) / 1000;
  if (Number.isNaN(seconds)) return { sentence: 'not known: the data does not say from when it is' };
  return seconds <= 0
    ? { seconds: 0, dataAt, sentence: `nothing: the data is from ${dataAt}, ${until}` }
    : { seconds, dataAt, sentence: `what was written from ${dataAt} on; ${until}` };
}
