import type { LeverBoard } from './levers.ts';
import type { HttpReply, HttpRequest } from './listen.ts';
import type { ServedWorld } from './served-world.ts';

/** Where other processes and other languages find the levers. */
export const controlPath = '/_belay/';

export interface Control {
  readonly served: ServedWorld;
  readonly levers: LeverBoard;
  /** Absent where the world was handed in. */
  readonly reset: (() => void) | undefined;
}

export function answerControl(_request: HttpRequest, _control: Control): HttpReply {
  return { status: 404, headers: {}, body: '' };
}
