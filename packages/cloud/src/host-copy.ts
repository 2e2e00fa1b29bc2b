import type { Ref } from './ref.ts';

/**
 * Copies of folders from server to server, pass by pass: warm ones while the source serves, a rehearsal that writes
 * nothing and says what a final pass would cost, and the final one, after which both sides are the same.
 */

/** What is copied from where to where. One of both ends is the server that is asked. */
export interface CopySpec {
  readonly pass: CopyPass;
  readonly from: CopyEnd;
  readonly to: CopyEnd;
  /** Files and folders that are neither copied nor deleted: paths from `from.path`, taken literally. */
  readonly exclude?: readonly string[] | undefined;
  /**
   * The way that the bytes take; `relayed` where absent. Where `direct` is asked for and the source has no way to the
   * target, the pass is relayed all the same, and the report says why.
   */
  readonly way?: CopyWay | undefined;
  /** ACLs and extended attributes; true where absent. Costs about as much again as the scan itself. */
  readonly attributes?: boolean | undefined;
  /** Owners by number, or by name where both sides know it; `numbers` where absent. */
  readonly owners?: 'numbers' | 'names' | undefined;
  /**
   * Writes into the files of the target rather than beside them: three times as fast for large files that change in
   * part, and half a file where it is interrupted. Only where nobody reads the target yet. False where absent.
   */
  readonly inPlace?: boolean | undefined;
  /** What is on the target only stays there; false where absent. */
  readonly keepOthers?: boolean | undefined;
  readonly limitBytesPerSecond?: number | undefined;
  /** Called now and then while it goes on. */
  readonly onProgress?: ((progress: CopyProgress) => void) | undefined;
}

/**
 * `warm`: the source serves meanwhile, so files that vanish are only noted. `rehearsal`: as `warm`, and nothing is
 * written. `final`: the source is quiet; a file that vanishes makes it `incomplete`. A file that cannot be read or
 * written makes each of them `incomplete`.
 */
export type CopyPass = 'warm' | 'rehearsal' | 'final';

/**
 * `relayed`: over the machine that belay runs on; neither server needs a way to the other, a key for it or trust in it.
 * `direct`: from the source straight to the target, which for as long as the pass goes on lets in a key that is made for
 * it and can do nothing else.
 */
export type CopyWay = 'direct' | 'relayed';

/** A folder on a server: its contents are meant. */
export interface CopyEnd {
  /** Absolute. */
  readonly path: string;
  /** The server that it is on; the one that is asked where absent. */
  readonly host?: Ref | undefined;
  /**
   * The filesystem that the folder must lie on. Anything else there is `wrong-disk` and nothing is copied: an empty
   * mount point would be copied as faithfully as the data, and the target emptied with it.
   */
  readonly filesystemUuid?: string | undefined;
}

/** How far a pass has come. */
export interface CopyProgress {
  /** Contents of files that are there by now, in this pass. */
  readonly bytes: number;
  /** 0 to 1, of the bytes that are known of so far: it may go back while more are found. */
  readonly share: number;
  readonly bytesPerSecond: number;
}

/** What a pass did; a rehearsal says what it would do. */
export interface CopyReport {
  readonly pass: CopyPass;
  /** Files, folders and links that were looked at. */
  readonly entries: number;
  /** Size of all files together. */
  readonly bytes: number;
  /** Files whose contents were sent. */
  readonly changedFiles: number;
  /** Size of those files. */
  readonly changedBytes: number;
  readonly createdEntries: number;
  readonly deletedEntries: number;
  /** What went over the line, both ways. */
  readonly sentBytes: number;
  /** Files that were there and then were not. The first hundred by name; all in `vanishedFiles`. */
  readonly vanished: readonly string[];
  readonly vanishedFiles: number;
  /** How long it took to look at everything; known where no contents were sent. */
  readonly scanMs?: number | undefined;
  readonly tookMs: number;
  /** The way that the bytes took in the end. */
  readonly way: CopyWay;
  /** Why it was relayed although `direct` was asked for. */
  readonly notDirect?: string | undefined;
  /** How often the connection broke and the pass went on with a new one. */
  readonly resumed: number;
}
