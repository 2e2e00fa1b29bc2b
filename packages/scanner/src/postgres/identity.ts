/**
 * Who the server is. A standby, an encoding in which keys have no bytes to compare, and a server that was not expected
 * are refused here, before anything that they say is listened to.
 */

import { createHash } from 'node:crypto';
import { err, ok, type Result } from 'neverthrow';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import type { SourceIdentity } from '../statement.ts';
import { type Columns, type Session, text, textOrNull } from './client.ts';

/** The server as it was at one moment. */
export interface Server {
  readonly identity: SourceIdentity;
  readonly timeline: number;
  /** The position in its log, as a number that grows. */
  readonly lsn: bigint;
  /** By its own clock. ISO. */
  readonly now: string;
}

/** What is known beforehand. */
export interface Expected {
  readonly name: string;
  /** `schema.name` of what is read. */
  readonly view: string;
  readonly id: string | undefined;
}

/**
 * Asks. The identity holds the system's identifier, which is made once for each cluster, and its timeline, which grows
 * with every promotion and every recovery to a point in time: after either a person says that this is the one.
 */
export async function serverOf(session: Session, expected: Expected): Promise<Result<Server, ScannerError>> {
  const asked = await session.ask(question, [expected.view]);
  if (asked.isErr()) return err(asked.error);
  const [row] = asked.value;
  const problem = problemOf(row);
  if (row === undefined || problem !== undefined) return err(notBelieved(expected, problem ?? 'gave no row'));
  const timeline = Number.parseInt(text(row, 'walfile').slice(0, 8), 16);
  const id = `postgres:${text(row, 'system')}/${timeline}/${text(row, 'database')}/${expected.view}`;
  if (expected.id !== undefined && expected.id !== id) {
    return err(notBelieved(expected, `is ${id}, and ${expected.id} was expected`));
  }
  return ok({
    identity: {
      id,
      environment: text(row, 'environment'),
      schema: createHash('sha256').update(text(row, 'layout')).digest('hex').slice(0, 16),
    },
    timeline,
    lsn: lsnOf(text(row, 'lsn')),
    now: text(row, 'now'),
  });
}

/** `16/B374D848` as a number. */
function lsnOf(written: string): bigint {
  const [high = '', low = ''] = written.split('/');
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

/** `to_char` for ISO times in UTC. */
export function iso(expression: string): string {
  return `to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/**
 * The file of the log that is written now begins with the timeline. (`pg_control_checkpoint` has it too, but shows the
 * one of the last checkpoint, which for a while after a promotion is the old one.)
 */
const question = `
  SELECT pg_is_in_recovery() AS standby,
    current_setting('server_encoding') AS encoding,
    current_database()::text AS database,
    (SELECT system_identifier::text FROM pg_control_system()) AS system,
    CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_walfile_name(pg_current_wal_insert_lsn()) END AS walfile,
    CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_current_wal_insert_lsn()::text END AS lsn,
    nullif(current_setting('belay.environment', true), '') AS environment,
    ${iso('clock_timestamp()')} AS now,
    (SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ',' ORDER BY attnum)
       FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped)
      || coalesce(pg_get_viewdef(to_regclass($1)), '') AS layout`;

function problemOf(row: Columns | undefined): string | undefined {
  if (row?.['standby'] === true) return 'is a standby: its rows may be old; ask the primary';
  if (row?.['encoding'] !== 'UTF8')
    return `has the encoding ${String(row?.['encoding'])}, and keys are UTF-8`;
  if (textOrNull(row, 'layout') === null) return 'has no such view or table';
  if (textOrNull(row, 'environment') === null) {
    return "does not say which environment it is: ALTER DATABASE … SET belay.environment = 'production'";
  }
  return undefined;
}

function notBelieved({ name }: Expected, message: string): ScannerError {
  return scannerError('not-believed', `${name} ${message}.`, { source: name });
}
