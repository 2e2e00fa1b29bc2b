import type { CloudErrorKind, InstanceState, Tags } from '../../src/index.ts';
import type { VirtualClock } from '../virtual-clock.ts';

/**
 * What a provider keeps, and how it changes with time: the smallest cloud on which all cases can be shown. It knows
 * nothing of keys or of the port.
 */
export interface World {
  readonly clock: VirtualClock;
  readonly volumes: Map<string, Vol>;
  /** Volumes that are deleted. */
  readonly graves: Vol[];
  readonly instances: Map<string, Server>;
  readonly snapshots: Map<string, Picture>;
  readonly addresses: Map<string, Address>;
  readonly reservations: Map<string, Reserve>;
  readonly records: Map<string, { readonly values: readonly string[]; readonly ttlSeconds: number }>;
  /** What a token made. */
  readonly tokens: Map<string, string>;
  newId(kind: string): string;
  /** Ends a transition of a volume, unless it is stuck: then when it is let go. */
  ends(volume: Vol, end: () => void): void;
}

/** A volume as the provider has it. */
export interface Vol {
  readonly id: string;
  readonly zone: string;
  diskType: string;
  readonly snapshotId?: string | undefined;
  name: string;
  sizeGiB: number;
  tags: Tags;
  state: 'creating' | 'available' | 'in-use' | 'error';
  on?:
    | {
        instanceId: string;
        state: 'attaching' | 'attached' | 'detaching' | 'busy';
        isRoot: boolean;
        dies: boolean;
      }
    | undefined;
  reachedAtMs: number;
  /** Reads that show it before others hide it. */
  shownReads: number;
  /** Reads that still do not see it, and reads that still see what was. */
  hiddenReads: number;
  stale?: { reads: number; volume: Vol } | undefined;
  /** What the levers did to it. */
  readonly fate: {
    stuck: boolean;
    waiting: (() => void)[];
    held: boolean;
    falls: boolean;
    rollsBack: boolean;
    staleReads: number;
    word?: string | undefined;
  };
}

/** An instance as the provider has it. */
export interface Server {
  readonly id: string;
  readonly zone: string;
  readonly imageId: string;
  readonly userData: string | undefined;
  name: string;
  tags: Tags;
  state: InstanceState;
  instanceType: string;
  oldType?: string | undefined;
  /** The reserved capacity that it runs in. */
  reservationId?: string | undefined;
  isProtected: boolean;
  hostIsDown: boolean;
  deviceIsTaken: boolean;
}

/** A snapshot as the provider has it. */
export interface Picture {
  readonly id: string;
  readonly name: string;
  readonly volumeId: string;
  readonly sizeGiB: number;
  /** Of a copy: when its original was taken. */
  readonly takenAtMs: number;
  sharedWith: readonly string[];
  readonly tags: Tags;
  readyAtMs?: number | undefined;
}

/** An address as the provider has it. */
export interface Address {
  readonly id: string;
  readonly address: string;
  readonly tags: Tags;
  instanceId: string | undefined;
}

/** Reserved capacity as the provider has it. */
export interface Reserve {
  readonly id: string;
  readonly instanceType: string;
  readonly zone: string;
  readonly count: number;
  readonly tags: Tags;
}

/** How the provider says no. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly kind: CloudErrorKind;
  readonly about: string | undefined;
  /** Nobody knows whether it happened. */
  readonly isLost: boolean;

  constructor(kind: CloudErrorKind, message: string, about?: string, isLost = false) {
    super(message);
    this.kind = kind;
    this.about = about;
    this.isLost = isLost;
  }
}

/** How long everything takes that takes time. */
export const transitionMs = 1_500;

/** An empty world. */
export function emptyWorld(clock: VirtualClock): World {
  let count = 0;
  return {
    clock,
    volumes: new Map(),
    graves: [],
    instances: new Map(),
    snapshots: new Map(),
    addresses: new Map(),
    reservations: new Map(),
    records: new Map(),
    tokens: new Map(),
    newId(kind) {
      count += 1;
      return `${kind}-${count}`;
    },
    ends(volume, end) {
      const settle = (): void => {
        end();
        volume.reachedAtMs = clock.now();
      };
      if (volume.fate.stuck) volume.fate.waiting.push(settle);
      else clock.after(transitionMs, settle);
    },
  };
}
