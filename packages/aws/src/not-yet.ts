import { type CloudError, type CloudResult, cloudError } from '@belay/cloud';
import { err, errAsync, type Result } from 'neverthrow';
import { provider } from './errors.ts';

/** What this version of the adapter cannot do, said as an error that a plan can show. Nothing was asked of EC2. */
export function notInThisVersion<T>(operation: string, resourceId?: string): CloudResult<T> {
  return errAsync(missing(operation, resourceId));
}

export async function* notListed<T>(operation: string): AsyncIterable<Result<T, CloudError>> {
  yield err(missing(operation, undefined));
}

function missing(operation: string, resourceId: string | undefined): CloudError {
  const message = `${operation} is not in this version of @belay/aws.`;
  return cloudError('unsupported', { provider, operation }, message, { resourceId });
}
