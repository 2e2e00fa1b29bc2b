import { err, ok, type Result } from 'neverthrow';
import { changeRecordSets, describeChange } from '../../dns.ts';
import type { Operation } from '../../faults.ts';
import type { Refusal } from '../../refusal.ts';
import type { World } from '../../world.ts';
import { time } from '../account.ts';
import { allowed, type Outcome, performed, type Service } from '../action.ts';
import type { HttpReply, HttpRequest } from '../listen.ts';
import type { Rejection } from '../rejection.ts';
import type { Signed } from '../signature.ts';
import { type XmlFields, xmlDocument } from '../xml.ts';
import { readChangeBatch } from './change-batch.ts';
import { itemNames, listRecordSets, listZones, listZonesByName, zoneFields } from './record-sets.ts';
import { type HostedZone, zonesOf } from './zones.ts';

/** Route 53 over its REST protocol: addresses instead of actions, XML in and out, errors in a form of their own. */
export const route53Path = '/2013-04-01/';

export interface Route53Request {
  readonly http: HttpRequest;
  readonly signed: Result<Signed, Rejection>;
  readonly requestId: string;
  readonly service: Service;
  /** Zones that are there without a record set in them. */
  readonly zones: readonly string[];
}

export async function answerRoute53(request: Route53Request): Promise<HttpReply> {
  const { http, signed, service, requestId } = request;
  const call = signed.mapErr(inWords).andThen(() => callOf(request));
  if (call.isErr()) return rejected(call.error, requestId);
  const { name, operation, perform } = call.value;
  const { api } = service;
  const need = { action: `route53:${name}`, resource: `arn:aws:route53:::${resourceOf(http)}`, context: {} };
  const outcome: Outcome = await performed(service, operation, (effect) =>
    (operation === 'dns.change' ? api.change : api.read)(operation, http.signal, (world) =>
      effect(() => allowed(service, [need]).andThen(() => perform(world))),
    ),
  );
  switch (outcome.outcome) {
    case 'answered':
      return {
        status: 200,
        headers: headersWith(requestId),
        body: xmlDocument(`${name}Response`, outcome.fields, { namespace, itemNames }),
      };
    case 'refused':
      return rejected(inWords(outcome.rejection), requestId);
    case 'lost':
      return undefined;
  }
}

/** Zones and changes have names of their own; a list of zones is about all of them. */
function resourceOf({ target }: HttpRequest): string {
  const [noun = '', id] = target.slice(route53Path.length).split(/[/?]/);
  return `${noun === 'change' ? 'change' : 'hostedzone'}/${id === undefined || id === '' ? '*' : id}`;
}

interface Call {
  readonly name: string;
  readonly operation: Operation & `dns.${string}`;
  readonly perform: (world: World) => Result<XmlFields, Refusal>;
}

function callOf({ http, service, zones }: Route53Request): Result<Call, Rejection> {
  const { pathname, searchParams: asked } = new URL(http.target, 'http://route53');
  const [noun = '', id = '', part] = pathname.slice(route53Path.length).replace(/\/$/, '').split('/');
  const reads = (name: string, perform: Call['perform']): Result<Call, Rejection> =>
    ok({ name, operation: 'dns.get', perform });
  switch (`${http.method} ${noun}${id === '' ? '' : '/*'}${part === undefined ? '' : `/${part}`}`) {
    case 'GET hostedzonesbyname':
      return reads('ListHostedZonesByName', (world) => listZonesByName(world, zones, asked));
    case 'GET hostedzone':
      return reads('ListHostedZones', (world) => listZones(world, zones, asked));
    case 'GET hostedzone/*':
      return zoneOf(service.world, zones, id).andThen((zone) =>
        reads('GetHostedZone', (world) => ok({ HostedZone: zoneFields(world, zone) })),
      );
    case 'GET hostedzone/*/rrset':
      return zoneOf(service.world, zones, id).andThen((zone) =>
        reads('ListResourceRecordSets', (world) => listRecordSets(world, zone, asked)),
      );
    case 'POST hostedzone/*/rrset':
      return zoneOf(service.world, zones, id)
        .andThen((zone) => readChangeBatch(http.body, zone))
        .map(({ changes, comment }) => ({
          name: 'ChangeResourceRecordSets',
          operation: 'dns.change',
          perform: (world) =>
            changeRecordSets(world, changes).andThen((changeId) => changeFields(world, changeId, comment)),
        }));
    case 'GET change/*':
      return reads('GetChange', (world) => changeFields(world, id));
    default:
      return err({
        code: 'InvalidInput',
        message: `There is no ${http.method} ${pathname} in this simulation.`,
        status: 404,
      });
  }
}

function zoneOf(world: World, zones: readonly string[], id: string): Result<HostedZone, Rejection> {
  const zone = zonesOf(world, zones).find((one) => one.id === id);
  if (zone !== undefined) return ok(zone);
  return err({ code: 'NoSuchHostedZone', message: `No hosted zone found with ID: ${id}`, status: 404 });
}

function changeFields(world: World, changeId: string, comment?: string): Result<XmlFields, Refusal> {
  return describeChange(world, changeId).map(({ id, state, submittedAtMs }) => ({
    ChangeInfo: {
      Id: `/change/${id}`,
      Status: state,
      SubmittedAt: time(submittedAtMs),
      Comment: comment,
    },
  }));
}

/** Some refusals have other names here than in EC2. */
function inWords(rejection: Rejection): Rejection {
  const { code, status } = words[rejection.code] ?? rejection;
  return { ...rejection, code, status };
}

const words: Readonly<Record<string, Pick<Rejection, 'code' | 'status'>>> = {
  AuthFailure: { code: 'InvalidClientTokenId', status: 403 },
  RequestExpired: { code: 'SignatureDoesNotMatch', status: 403 },
  InvalidParameterValue: { code: 'InvalidInput', status: 400 },
  RequestLimitExceeded: { code: 'Throttling', status: 400 },
  UnauthorizedOperation: { code: 'AccessDenied', status: 403 },
  NoSuchChange: { code: 'NoSuchChange', status: 404 },
  NoSuchHostedZone: { code: 'NoSuchHostedZone', status: 404 },
};

const namespace = 'https://route53.amazonaws.com/doc/2013-04-01/';

function rejected({ code, message, status }: Rejection, requestId: string): HttpReply {
  const body = xmlDocument(
    'ErrorResponse',
    {
      Error: { Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: message },
      RequestId: requestId,
    },
    { namespace },
  );
  return { status, headers: headersWith(requestId), body };
}

function headersWith(requestId: string): Readonly<Record<string, string>> {
  return { 'content-type': 'text/xml', 'x-amzn-requestid': requestId };
}
