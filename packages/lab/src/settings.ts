/** What a lab offers, fixed when it is made; a later process that opens it finds it in its folder. */
export interface LabSettings {
  readonly zones: readonly [string, ...string[]];
  readonly instanceTypes: readonly LabInstanceType[];
  /** Ends with a dot. Absent: no DNS. */
  readonly dnsZone?: string | undefined;
  /**
   * Instances of labs of this box that name the same transit reach one another; what is on the other side of a copy is
   * one of them. Absent: a lab is alone.
   */
  readonly transit?: string | undefined;
  /** Folders of the box that every instance sees, read-only. */
  readonly binds: readonly LabBind[];
  /** Public keys that may log in as root of every instance, beside the lab's own. */
  readonly authorizedKeys: readonly string[];
}

/** A kind of instance. The numbers are what it says of itself: the box's memory and processors are not divided. */
export interface LabInstanceType {
  readonly name: string;
  readonly vcpus: number;
  readonly memoryMiB: number;
  /** How many volumes it takes; at most 24. */
  readonly volumeSlots: number;
}

/** A folder of the box inside an instance. */
export interface LabBind {
  readonly from: string;
  /** An absolute path in the instance. */
  readonly to: string;
}

/** The kinds of disk: a volume comes with an empty filesystem of that kind, or with nothing on it, as clouds give it. */
export const diskTypes = ['ext4', 'xfs', 'blank'] as const;

/** The only image: the box's own programs over an `/etc` of its own. */
export const imageId = 'img-box';

export const defaultInstanceTypes: readonly LabInstanceType[] = [
  { name: 'lab.small', vcpus: 1, memoryMiB: 1_024, volumeSlots: 8 },
  { name: 'lab.large', vcpus: 2, memoryMiB: 2_048, volumeSlots: 24 },
];
