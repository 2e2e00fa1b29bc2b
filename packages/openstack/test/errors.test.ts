import { describe, expect, it } from 'vitest';
import { refusalOf } from '../src/errors.ts';
import type { HttpAnswer } from '../src/http.ts';

function answer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  const isText = typeof body === 'string';
  return {
    status,
    body: isText ? undefined : body,
    text: isText ? body : '',
    header: (name) => headers[name],
  };
}

const nova = (name: string, code: number, message: string) => ({ [name]: { code, message } });
const neutron = (type: string, message: string) => ({ NeutronError: { type, message, detail: '' } });

const id = '00000000-0000-4000-8000-000000000000';

// What was asked, what the service said, and what that is to the caller.
const table: readonly (readonly [string, HttpAnswer, string])[] = [
  [
    'Nova does not know a server',
    answer(404, nova('itemNotFound', 404, `Instance ${id} could not be found.`)),
    'not-found',
  ],
  [
    'Neutron does not know an address',
    answer(404, neutron('FloatingIPNotFound', `Floating IP ${id} could not be found`)),
    'not-found',
  ],
  [
    'a server is busy',
    answer(
      409,
      nova('conflictingRequest', 409, `Cannot 'stop' instance ${id} while it is in task_state resize_finish`),
    ),
    'busy',
  ],
  [
    'a volume is on its way',
    answer(
      400,
      nova('badRequest', 400, "Invalid volume: Volume status must be 'in-use'. Currently in detaching"),
    ),
    'busy',
  ],
  [
    'a volume is attached',
    answer(
      400,
      nova('badRequest', 400, `Invalid volume: volume ${id} is already attached to instances: ${id}`),
    ),
    'attached-elsewhere',
  ],
  [
    'zones do not meet',
    answer(
      400,
      nova(
        'badRequest',
        400,
        'Instance and volume not in the same availability_zone. Instance is in a. Volume is in b',
      ),
    ),
    'zone-mismatch',
  ],
  [
    'a zone does not exist',
    answer(400, nova('badRequest', 400, 'The requested availability zone is not available')),
    'invalid',
  ],
  [
    'a volume type does not exist',
    answer(404, nova('itemNotFound', 404, 'Volume type with name mars could not be found.')),
    'invalid',
  ],
  [
    'Nova has a quota',
    answer(
      403,
      nova(
        'forbidden',
        403,
        'Quota exceeded for cores, instances: Requested 90, 90, but already used 4, 4 of 80, 40 cores, instances',
      ),
    ),
    'quota',
  ],
  [
    'Cinder has a quota',
    answer(
      413,
      nova('overLimit', 413, 'VolumeLimitExceeded: Maximum number of volumes allowed (40) exceeded'),
      { 'retry-after': '0' },
    ),
    'quota',
  ],
  [
    'a gateway finds the request too long',
    answer(413, '<html><head><title>413 Request Entity Too Large</title></head><body></body></html>'),
    'invalid',
  ],
  [
    'Neutron has a quota',
    answer(409, neutron('OverQuota', "Quota exceeded for resources: ['floatingip'].")),
    'quota',
  ],
  [
    'a policy forbids',
    answer(
      403,
      nova('forbidden', 403, "Policy doesn't allow os_compute_api:servers:create to be performed."),
    ),
    'forbidden',
  ],
  [
    'a server is locked',
    answer(409, nova('conflictingRequest', 409, `Instance ${id} is locked`)),
    'protected',
  ],
  [
    'too much is asked',
    answer(413, nova('overLimit', 413, 'This request was rate-limited.'), { 'retry-after': '3' }),
    'throttled',
  ],
  [
    'a gateway limits',
    answer(429, '<html><head><title>429 Too Many Requests</title></head></html>'),
    'throttled',
  ],
  [
    'no addresses are left',
    answer(409, neutron('IpAddressGenerationFailure', 'No more IP addresses available on network x.')),
    'out-of-stock',
  ],
  [
    'the port has an address',
    answer(409, neutron('FloatingIPPortAlreadyAssociated', 'Cannot associate floating IP')),
    'attached-elsewhere',
  ],
  [
    'no router leads there',
    answer(
      404,
      neutron('ExternalGatewayForFloatingIPNotFound', 'External network x is not reachable from subnet y.'),
    ),
    'invalid',
  ],
  [
    'a version is unknown',
    answer(406, nova('computeFault', 406, 'Version 2.999 is not supported by the API.')),
    'unsupported',
  ],
  [
    'a token is old',
    answer(401, {
      error: {
        code: 401,
        message: 'The request you have made requires authentication.',
        title: 'Unauthorized',
      },
    }),
    'unauthenticated',
  ],
  [
    'Glance speaks HTML in JSON',
    answer(404, {
      code: '404 Not Found',
      title: 'Not Found',
      message: `No image found with ID ${id}<br /><br />`,
    }),
    'not-found',
  ],
];

describe('what OpenStack answers', () => {
  it.each(table)('%s', (_, given, kind) => {
    const { error } = refusalOf(given, { operation: 'volumes.attach', changes: true });
    expect(error).toMatchObject({ kind, applied: 'no', operation: 'volumes.attach' });
    expect(error.message).not.toMatch(/[<>]/);
  });

  it('a fault of the server leaves open whether a change took place, and not a read', () => {
    const fault = answer(503, nova('serviceUnavailable', 503, 'busy'));
    const changing = refusalOf(fault, { operation: 'instances.create', changes: true }).error;
    expect(changing).toMatchObject({ kind: 'transient', applied: 'unknown' });
    const reading = refusalOf(fault, { operation: 'instances.get', changes: false }).error;
    expect(reading).toMatchObject({ kind: 'transient', applied: 'no' });
  });

  it('a fault that sounds like a refusal leaves it open too', () => {
    const fault = answer(500, nova('computeFault', 500, 'No valid host was found.'));
    const { error } = refusalOf(fault, { operation: 'instances.resize', changes: true });
    expect(error).toMatchObject({ kind: 'out-of-stock', applied: 'unknown' });
  });

  it('a page of a gateway that says 404 is no proof that something does not exist', () => {
    const page = answer(404, '<html><head><title>404 Not Found</title></head><body>nginx</body></html>');
    const { error } = refusalOf(page, { operation: 'volumes.get', changes: false });
    expect(error).toMatchObject({ kind: 'transient', message: 'volumes.get: HTTP 404: 404 Not Found' });
  });

  it('an error carries the request id of the service and its own name of the fault', () => {
    const given = answer(404, nova('itemNotFound', 404, `Volume ${id} could not be found.`), {
      'x-openstack-request-id': 'req-1',
    });
    const { error } = refusalOf(given, { operation: 'volumes.get', changes: false });
    expect(error).toMatchObject({ requestId: 'req-1', code: 'itemNotFound', resourceId: id });
  });
});
