import { err, ok, type Result } from 'neverthrow';
import type { Action, Service } from './action.ts';
import { actions } from './actions.ts';
import { type Given, readForm } from './given.ts';
import type { HttpReply, HttpRequest } from './listen.ts';
import { type Rejection, reject } from './rejection.ts';
import type { Signed } from './signature.ts';
import { type XmlFields, xmlDocument } from './xml.ts';

/**
 * EC2's Query protocol: a form with `Action` and `Version` comes in, XML goes out, with the request's id in the body
 * and in the header from which the clients of AWS take it.
 */
export interface QueryRequest {
  readonly http: HttpRequest;
  readonly signed: Result<Signed, Rejection>;
  readonly requestId: string;
  readonly service: Service;
}

export async function answerQuery(request: QueryRequest): Promise<HttpReply> {
  const { http, signed, service, requestId } = request;
  const { method, target, body, signal } = http;
  const form = method === 'GET' ? (target.split('?')[1] ?? '') : body;
  const call = readForm(form).andThen((given) =>
    signed.andThen(() => actionOf(given).map((one) => ({ one, given }))),
  );
  if (call.isErr()) return rejected(call.error, requestId);
  const { one, given } = call.value;
  const prepared = one.prepare(given);
  if (prepared.isErr()) return rejected(prepared.error, requestId, one);
  const outcome = await prepared.value.perform(service, signal);
  switch (outcome.outcome) {
    case 'answered':
      return answered(one, outcome.fields, requestId);
    case 'refused':
      return rejected(outcome.rejection, requestId, one);
    case 'lost':
      return undefined;
  }
}

const versions: Readonly<Record<string, string>> = { ec2: '2016-11-15', sts: '2011-06-15' };

function actionOf(given: Given): Result<Action, Rejection> {
  const name = given.parts.get('Action')?.text;
  const version = given.parts.get('Version')?.text;
  if (name === undefined || name === '') {
    return err(reject('MissingAction', 'The request must contain the parameter Action.'));
  }
  const found = actions.get(name);
  if (found === undefined || version !== versions[found.of ?? 'ec2']) {
    const message = `The action ${name} is not valid for this web service, or not for version ${version ?? '(none)'}.`;
    return err(reject('InvalidAction', message));
  }
  return ok(found);
}

function answered({ name, of = 'ec2' }: Action, fields: XmlFields, requestId: string): HttpReply {
  const body =
    of === 'sts'
      ? xmlDocument(
          `${name}Response`,
          { [`${name}Result`]: fields, ResponseMetadata: { RequestId: requestId } },
          { namespace: 'https://sts.amazonaws.com/doc/2011-06-15/' },
        )
      : xmlDocument(
          `${name}Response`,
          { requestId, ...fields },
          { namespace: 'http://ec2.amazonaws.com/doc/2016-11-15/' },
        );
  return { status: 200, headers: headersWith(requestId), body };
}

function rejected({ code, message, status }: Rejection, requestId: string, one?: Action): HttpReply {
  const body =
    one?.of === 'sts'
      ? xmlDocument('ErrorResponse', {
          Error: { Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: message },
          RequestId: requestId,
        })
      : xmlDocument('Response', {
          Errors: { Error: { Code: code, Message: message } },
          RequestID: requestId,
        });
  return { status, headers: headersWith(requestId), body };
}

function headersWith(requestId: string): Readonly<Record<string, string>> {
  return {
    'content-type': 'text/xml;charset=UTF-8',
    // Where it is missing, the clients of AWS know no request id.
    'x-amzn-requestid': requestId,
    server: 'belay-sim-ec2',
  };
}
