// What a provider shows of a story's servers, disks, snapshots and addresses, in the same words at every cloud, and how
// it differs from what should be there.

export interface Seen {
  readonly servers: readonly SeenServer[];
  /** Without the disks that servers boot from. */
  readonly volumes: readonly SeenVolume[];
  readonly snapshots: readonly { readonly id: string; readonly volumeId: string }[];
  readonly addresses: readonly { readonly id: string; readonly on?: string | undefined }[];
  /** What belongs to nothing: a root disk without its server, a port without one. */
  readonly strays: readonly string[];
}

export interface SeenServer {
  readonly id: string;
  readonly name: string;
  /** `running`, `stopped`, `resized`; else the provider's own word. */
  readonly state: string;
  readonly type: string;
}

export interface SeenVolume {
  readonly id: string;
  readonly sizeGiB: number;
  /** The servers that it is on. */
  readonly on: readonly string[];
  /** It would be deleted with one of them. */
  readonly dies: boolean;
}

/** What is other than it should be, one clause each. */
export function differences(seen: Seen, wanted: Seen): readonly string[] {
  return (['servers', 'volumes', 'snapshots', 'addresses', 'strays'] as const).flatMap((kind) => {
    const [is, should] = [linesOf(seen[kind]), linesOf(wanted[kind])];
    return is === should ? [] : [`the ${kind} are ${is || 'none'} and not ${should || 'none'}`];
  });
}

function linesOf(things: Seen[keyof Seen]): string {
  return things.map(lineOf).sort().join('; ');
}

/** The same whatever order its fields were written in. */
function lineOf(thing: Seen[keyof Seen][number]): string {
  if (typeof thing === 'string') return thing;
  return Object.entries(thing)
    .filter(([, value]) => value !== undefined && value !== null)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
    .join(' ');
}
