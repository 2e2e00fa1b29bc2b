/**
 * What the proxy can do to a call. The faults fall into three groups: those before the service hears of the call, those
 * that stand in for its answer, and those that spoil its answer on the way back. The second group can do either: with
 * `forwarded: true` the service has done what was asked and only its word is lost, as when a gateway gives up first.
 */
export type ProxyFault =
  | DelayFault
  | RefuseFault
  | DropReplyFault
  | GatewayFault
  | UnauthenticatedFault
  | ConflictFault
  | ThrottleFault
  | AnswerFault
  | DripFault
  | CutFault
  | ContentTypeFault;

/** The call is held up. Several delays add up, and another fault may strike the same call. */
export interface DelayFault {
  readonly kind: 'delay';
  /** Milliseconds, or from and up to so many, drawn by the seed. */
  readonly delayMs: number | readonly [number, number];
  /**
   * Before the service hears of the call, or after it has answered; `call` where absent. A client that leaves while
   * its call is held up was never heard; one that leaves while its reply is held up was.
   */
  readonly hold?: 'call' | 'reply';
}

/** The connection is reset, and the service never hears of the call. */
export interface RefuseFault {
  readonly kind: 'refuse';
}

/** The service does what was asked and answers; the connection then closes without a byte of the answer. */
export interface DropReplyFault {
  readonly kind: 'drop-reply';
}

/** What all made-up answers share. */
export interface MadeUpAnswer {
  /** Does the service do what was asked before its answer is thrown away? `false` where absent. */
  readonly forwarded?: boolean;
}

/** A gateway's own error, with a page of HTML where the client expects JSON or XML. */
export interface GatewayFault extends MadeUpAnswer {
  readonly kind: 'gateway-error';
  /** 500 to 599; 504 where `forwarded`, else 503, where absent. */
  readonly status?: number;
}

/** 401, as when a token has ended. */
export interface UnauthenticatedFault extends MadeUpAnswer {
  readonly kind: 'unauthenticated';
  /** JSON, or a text as it is; Keystone's words where absent. */
  readonly body?: FaultBody;
}

/** 409, as when the resource is in another state or another request was first. */
export interface ConflictFault extends MadeUpAnswer {
  readonly kind: 'conflict';
  /** JSON, or a text as it is; Nova's words where absent. */
  readonly body?: FaultBody;
}

/** 429 with `Retry-After`. */
export interface ThrottleFault extends MadeUpAnswer {
  readonly kind: 'throttle';
  /** Whole seconds; 1 where absent. */
  readonly retryAfterS?: number;
  readonly body?: FaultBody;
}

/** Any answer at all: `{ kind: 'answer', status: 500, body: '<Response>…', contentType: 'text/xml' }`. */
export interface AnswerFault extends MadeUpAnswer {
  readonly kind: 'answer';
  /** 200 to 599. */
  readonly status: number;
  readonly body?: FaultBody;
  /** `application/json` for a JSON body and `text/plain` for a text, where absent. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The answer's body comes in small pieces. */
export interface DripFault {
  readonly kind: 'drip';
  /** The size of a piece; 16 where absent. */
  readonly bytes?: number;
  /** The pause after each piece; 10 where absent. */
  readonly everyMs?: number;
}

/**
 * The connection closes in the middle of the answer's body: at least one byte is missing. An answer without a body is
 * dropped whole.
 */
export interface CutFault {
  readonly kind: 'cut';
  /** How much of the body arrives; half of it where absent, nothing where its length is not known. */
  readonly afterBytes?: number;
}

/** The answer calls itself something else than it is. */
export interface ContentTypeFault {
  readonly kind: 'content-type';
  /** `text/html` where absent. */
  readonly contentType?: string;
}

/** A JSON value, sent as JSON, or a text, sent as it is. */
export type FaultBody = string | Readonly<Record<string, unknown>> | readonly unknown[];

/** What strikes one call: delays, and at most one other fault. */
export interface Strike {
  readonly holdCallMs: number;
  readonly holdReplyMs: number;
  readonly fault?: Exclude<ProxyFault, DelayFault>;
  /** The ids of the rules that struck. */
  readonly by: readonly string[];
}
