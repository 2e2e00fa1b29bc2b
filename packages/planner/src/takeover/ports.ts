/**
 * What a takeover asks besides clouds and servers: what the person typed who wants it, and whoever keeps standbys up to
 * date. Both are small, and given by the house.
 */

import type { Call, Failure, IsoTime, ReadOptions, Ref, Secret } from '@belay/cloud';
import type { ResultAsync } from 'neverthrow';

/** The service that holds what people typed: `ctx.services.authorisations.given(ctx.runId)`. */
export interface Authorisations {
  readonly authorisations: GivenSecrets;
}

/** Kept in memory only. Where the process has died since, the person is asked again. */
export interface GivenSecrets {
  /** What was typed for this run; `undefined` where nothing was. */
  given(runId: string): Secret | undefined;
}

/** The service that knows standbys. */
export interface Standbys {
  readonly standbys: StandbyKeeper;
}

/** Whoever copies a primary's data to its standby, and makes new ones. */
export interface StandbyKeeper {
  /** What the standby has by now. */
  lastImport(standby: Ref, options?: ReadOptions): ResultAsync<StandbyImport, Failure>;
  /** Stops imports into a server that is about to serve: the next one would overwrite what it has taken. */
  pauseImports(standby: Ref, call: Call): ResultAsync<void, Failure>;
  /** Lets them go on. */
  resumeImports(standby: Ref, call: Call): ResultAsync<void, Failure>;
  /** Asks for a new standby of this server. The same key asks once. */
  request(of: Ref, call: Call): ResultAsync<RequestedStandby, Failure>;
}

/** What an import has brought. */
export interface StandbyImport {
  /** It came to its end, and what it brought was looked at. */
  readonly valid: boolean;
  /** When the newest of the data that it brought was written, not when it was brought. */
  readonly dataAt: IsoTime;
  readonly importedAt: IsoTime;
  /** The last lines of what the importer said. */
  readonly log: readonly string[];
}

/** A standby that will be there some time. */
export interface RequestedStandby {
  readonly id: string;
}
