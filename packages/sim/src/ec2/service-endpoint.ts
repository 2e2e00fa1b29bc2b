import { err, type Result } from 'neverthrow';
import type { LeverBoard } from './levers.ts';
import type { HttpReply, HttpRequest } from './listen.ts';
import { answerQuery } from './query-endpoint.ts';
import { type Rejection, reject } from './rejection.ts';
import { answerRoute53, route53Path } from './route53/endpoint.ts';
import type { ServedWorld } from './served-world.ts';
import { type AccessKeys, readSignature, type Signed } from './signature.ts';

/** What comes in at the front door: Route 53 by its paths, EC2 and STS by everything else. */
export interface Front {
  readonly served: ServedWorld;
  readonly levers: LeverBoard;
  readonly accessKeys: AccessKeys | undefined;
  readonly hostedZones: readonly string[];
}

export function answerService(http: HttpRequest, front: Front): Promise<HttpReply> {
  const { served, hostedZones: zones } = front;
  const requestId = newRequestId(served);
  const signed = signedBy(http, front);
  const service = { ...served, isAllowed: front.levers.isAllowed };
  if (http.target.startsWith(route53Path)) {
    return answerRoute53({ http, signed, requestId, service, zones });
  }
  return answerQuery({ http, signed, requestId, service });
}

function signedBy(http: HttpRequest, { levers, accessKeys }: Front): Result<Signed, Rejection> {
  if (levers.isExpired()) return err(reject('RequestExpired', 'Request has expired.'));
  if (levers.areKeysRefused()) {
    return err(reject('AuthFailure', 'AWS was not able to validate the provided access credentials'));
  }
  return readSignature(http, accessKeys);
}

/** In the shape of a UUID, as AWS has them. */
function newRequestId({ world }: ServedWorld): string {
  const digits = world.random.hex('ids/http-request', 32);
  return [8, 12, 16, 20, 32].map((end, at, ends) => digits.slice(ends[at - 1] ?? 0, end)).join('-');
}
