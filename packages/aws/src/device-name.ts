/**
 * Which device name to ask for in an attach. The guest does not go by it, but EC2 wants one, and a name that was
 * used before on the same instance can leave the volume in `attaching` for ever. So names that were never seen
 * there come first, and where a search begins depends on the volume: another process, which does not know what was
 * used before, still rarely comes to the same name.
 */
export interface DeviceNames {
  /** A free name, taken from now on; `undefined` where all are in use. Give back nothing: used names come last. */
  choose(instanceId: string, volumeId: string, inUse: readonly string[]): string | undefined;
  /** EC2 says that the name is taken, by something that it does not show. */
  refused(instanceId: string, name: string): void;
}

const letters = 'abcdefghijklmnopqrstuvwxyz';
/** The names that EC2 keeps for data volumes; those that images like to use themselves come last. */
const preferred = ['b', 'c'].flatMap((first) => [...letters].map((second) => `/dev/xvd${first}${second}`));
const popular = [...'fghijklmnop'].map((letter) => `/dev/sd${letter}`);

export function deviceNames(): DeviceNames {
  const used = new Map<string, Set<string>>();
  const bad = new Map<string, Set<string>>();
  const of = (map: Map<string, Set<string>>, instanceId: string): Set<string> => {
    const names = map.get(instanceId) ?? new Set();
    map.set(instanceId, names);
    return names;
  };
  return {
    choose(instanceId, volumeId, inUse) {
      const taken = new Set(inUse.map(disk));
      const [before, refused] = [of(used, instanceId), of(bad, instanceId)];
      const free = inOrder(volumeId).filter((name) => !taken.has(disk(name)) && !refused.has(name));
      const chosen = free.find((name) => !before.has(name)) ?? free[0];
      if (chosen !== undefined) before.add(chosen);
      return chosen;
    },
    refused(instanceId, name) {
      of(bad, instanceId).add(name);
    },
  };
}

function inOrder(volumeId: string): readonly string[] {
  const start =
    [...volumeId].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 65_521, 7) % preferred.length;
  return [...preferred.slice(start), ...preferred.slice(0, start), ...popular];
}

/** On Xen `/dev/sdf` and `/dev/xvdf` are one disk. */
function disk(name: string): string {
  return name.replace(/^\/dev\/(?:sd|xvd|hd)/, '').replace(/\d+$/, '');
}
