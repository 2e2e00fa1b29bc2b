import { type CloudError, type CloudResult, cloudError, type Place } from '@belay/cloud';
import { err, errAsync, type Result } from 'neverthrow';

/** What this family of clouds does not have, said as the port says it. Nothing was asked of the cloud. */
export function absent<T>(at: Place, operation: string): CloudResult<T> {
  return errAsync(missing(at, operation));
}

export async function* absentList<T>(at: Place, operation: string): AsyncIterable<Result<T, CloudError>> {
  yield err(missing(at, operation));
}

function missing({ provider }: Place, operation: string): CloudError {
  return cloudError('unsupported', { provider, operation }, `This cloud has no ${operation}.`);
}
