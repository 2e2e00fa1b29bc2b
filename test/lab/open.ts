// Small words that all parts of test:lab use: a lab that opens or throws, a value or an exception, a pause.

import type { CloudError, HostError } from '@belay/cloud';
import { type Lab, type LabOptions, openLab } from '@belay/lab';
import type { ResultAsync } from 'neverthrow';

/** Opens a lab with two zones and a DNS zone; throws where that cannot be. */
export async function openTestLab(folder: string, more: Partial<LabOptions> = {}): Promise<Lab> {
  return must(openLab({ folder, zones: ['a', 'b'], dnsZone: 'lab.example.', ...more }));
}

/** The value; an error is thrown, for here it means that the test has failed. */
export async function must<T>(result: ResultAsync<T, CloudError | HostError>): Promise<T> {
  return result.match(
    (value) => value,
    (error) => {
      throw new Error(told(error));
    },
  );
}

function told({ operation, kind, message, cause }: CloudError | HostError): string {
  return `${operation} failed as ${kind}: ${message}${cause === undefined ? '' : ` (${cause.message})`}`;
}

export function pause(durationMs: number): Promise<void> {
  return new Promise((wake) => setTimeout(wake, durationMs));
}
