import { type CloudError, type CloudResult, cloudError, type Reservations } from '@belay/cloud';
import { err, errAsync, type Result } from 'neverthrow';
import { provider } from './errors.ts';

/** What OpenStack has no call for, said as an error that a plan can show. Nothing was asked of any service. */
export function unsupported<T>(operation: string, why: string, resourceId?: string): CloudResult<T> {
  return errAsync(missing(operation, why, resourceId));
}

const noReservations =
  'Capacity reservations are a service of their own (Blazar), which belay does not speak to.';

/** Nova itself reserves no capacity. */
export function noReservation(): Reservations {
  return {
    get: (id) => unsupported('reservations.get', noReservations, id),
    find: () => unsupported('reservations.find', noReservations),
    list: () => once('reservations.list', noReservations),
    create: () => unsupported('reservations.create', noReservations),
    delete: (id) => unsupported('reservations.delete', noReservations, id),
  };
}

async function* once<T>(operation: string, why: string): AsyncIterable<Result<T, CloudError>> {
  yield err(missing(operation, why, undefined));
}

function missing(operation: string, why: string, resourceId: string | undefined): CloudError {
  return cloudError('unsupported', { provider, operation }, `${operation}: ${why}`, { resourceId });
}
