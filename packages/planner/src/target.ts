/**
 * Where a workload shall live and how big. It says what is wanted, not how to get there.
 */

import type { ImageId, Place, Tags } from '@belay/cloud';

/** The placement that is wanted. */
export interface Target {
  /** The product that this is the placement of, where there is a catalogue. */
  readonly product?: string | undefined;
  readonly at: Place;
  /** Name of the new server, if there will be one. */
  readonly name: string;
  /** Best first. */
  readonly zones: readonly string[];
  readonly instanceType: string;
  readonly imageId: ImageId;
  /** Of the data disk. */
  readonly diskType: string;
  readonly sizeGiB: number;
  readonly networkId?: string | undefined;
  readonly securityGroups?: readonly string[] | undefined;
  readonly keyName?: string | undefined;
  readonly userData?: string | undefined;
  readonly rootSizeGiB?: number | undefined;
  readonly tags?: Tags | undefined;
  /**
   * What the image can read. Nobody can ask an image: it is declared. Needed where the image is not the source's own,
   * and where the disk holds a database: that may have been upgraded since the source was made.
   */
  readonly carries?: Carried | undefined;
}

/** What an image can work with. */
export interface Carried {
  /** Versions by name, such as `{ mysql: '8.0' }`. */
  readonly databases?: Readonly<Record<string, string>> | undefined;
  /** Filesystem types that its kernel mounts. */
  readonly filesystems?: readonly string[] | undefined;
  /** Instance types on which it is known to boot: architecture, firmware and drivers fit. */
  readonly instanceTypes?: readonly string[] | undefined;
  /** Numbers of the users that own files on the data disks, such as `{ mysql: 110 }`. */
  readonly users?: Readonly<Record<string, number>> | undefined;
}
