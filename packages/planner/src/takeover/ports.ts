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
  /** What the standby has by now. From `beginCopy` on that is not valid, whatever was imported before. */
  lastImport(standby: Ref, options?: ReadOptions): ResultAsync<StandbyImport, Failure>;
  /**
   * Writes down, durably and before it answers, that files of the primary are being copied over those of the standby:
   * till the end of the copy they are of two times, and nobody may promote them. A later import of the keeper's own
   * that ends well makes the standby valid again, and so does `sealCopy` of the same run.
   */
  beginCopy(standby: Ref, copy: StandbyCopy, call: Call): ResultAsync<void, Failure>;
  /** The copy is whole: the standby is valid, and its data is from `dataAt`. */
  sealCopy(
    standby: Ref,
    copy: StandbyCopy & { readonly dataAt: IsoTime },
    call: Call,
  ): ResultAsync<void, Failure>;
  /**
   * The copy was given up, sealed or not: the standby is not valid. The last line of its log says which run left it so.
   * Nothing to do where an import of the keeper's own has ended well since.
   */
  voidCopy(standby: Ref, copy: StandbyCopy, call: Call): ResultAsync<void, Failure>;
  /** Stops imports into a server that is about to serve: the next one would overwrite what it has taken. */
  pauseImports(standby: Ref, call: Call): ResultAsync<void, Failure>;
  /** Lets them go on. */
  resumeImports(standby: Ref, call: Call): ResultAsync<void, Failure>;
  /** Asks for a new standby of this server. The same key asks once. */
  request(of: Ref, call: Call): ResultAsync<RequestedStandby, Failure>;
}

/** A copy from the living primary over the files of its standby. */
export interface StandbyCopy {
  /** The run that copies. */
  readonly runId: string;
  readonly from: Ref;
}

/** What an import has brought. */
export interface StandbyImport {
  /** It came to its end, and what it brought was looked at. */
  readonly valid: boolean;
  /**
   * The run whose copy over the standby was begun and not sealed, or given up. It makes the standby worth nothing to an
   * emergency; a planned takeover copies everything anew and may begin again at once.
   */
  readonly overwrittenBy?: string | undefined;
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
