import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { err, ok, type Result } from 'neverthrow';
import { type Rejection, reject } from './rejection.ts';

/**
 * Who sends a request, by its Signature Version 4. Any key will do where none are named, and any signature where the
 * secret is not known; a request without one is refused as EC2 refuses it.
 * Source: "Signature Version 4 for API requests" in the IAM user guide.
 */
export interface Signed {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
}

/** Keys that are let in, each with its secret; an empty secret is not checked. */
export type AccessKeys = Readonly<Record<string, string>>;

export interface SignedRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export function readSignature(
  request: SignedRequest,
  keys: AccessKeys | undefined,
): Result<Signed, Rejection> {
  const { authorization } = request.headers;
  if (authorization === undefined) {
    return err(reject('MissingAuthenticationToken', 'Request is missing Authentication Token'));
  }
  const parts = partsOf(authorization);
  if (parts === undefined) {
    return err(reject('AuthFailure', 'The Authorization header is not a Signature Version 4.'));
  }
  if (keys === undefined) return ok(parts.signed);
  const secret = keys[parts.signed.accessKeyId];
  if (secret === undefined) {
    return err(reject('AuthFailure', 'AWS was not able to validate the provided access credentials'));
  }
  if (secret === '' || isSignedWith(secret, request, parts)) return ok(parts.signed);
  return err(
    reject(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided.',
    ),
  );
}

interface Parts {
  readonly signed: Signed;
  /** `20261122/us-east-1/ec2/aws4_request` */
  readonly scope: string;
  readonly day: string;
  readonly headerNames: readonly string[];
  readonly signature: string;
}

function partsOf(authorization: string): Parts | undefined {
  const shape =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/((\d{8})\/([^/]+)\/([^/]+)\/aws4_request), *SignedHeaders=([^,]+), *Signature=([0-9a-f]{64})$/;
  const [, accessKeyId, scope, day, region, service, names, signature] = shape.exec(authorization) ?? [];
  if (accessKeyId === undefined || scope === undefined || day === undefined || region === undefined)
    return undefined;
  if (service === undefined || names === undefined || signature === undefined) return undefined;
  return { signed: { accessKeyId, region, service }, scope, day, headerNames: names.split(';'), signature };
}

function isSignedWith(secret: string, request: SignedRequest, parts: Parts): boolean {
  const { scope, day, signed, headerNames, signature } = parts;
  const { headers } = request;
  const [path = '/', query = ''] = request.target.split('?');
  const canonical = [
    request.method,
    path,
    query.split('&').sort().join('&'),
    ...headerNames.map(
      (name) =>
        `${name}:${String(headers[name] ?? '')
          .trim()
          .replaceAll(/ +/g, ' ')}`,
    ),
    '',
    headerNames.join(';'),
    headers['x-amz-content-sha256'] ?? sha256(request.body),
  ].join('\n');
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'] ?? '', scope, sha256(canonical)].join('\n');
  const dayKey = hmac(`AWS4${secret}`, day);
  const key = hmac(hmac(hmac(dayKey, signed.region), signed.service), 'aws4_request');
  return timingSafeEqual(hmac(key, text), Buffer.from(signature, 'hex'));
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
