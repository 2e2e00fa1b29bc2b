/** Preconditions on where things are: account, region, zone, server type and image. */

import { formatPlace, samePlace } from '@belay/cloud';
import { volumesKnown } from '../facts.ts';
import {
  change,
  type Finding,
  fails,
  given,
  holds,
  type Precondition,
  type Question,
  same,
} from '../precondition.ts';

export const sameCloud: Precondition = {
  name: 'same-cloud',
  sentence: 'source and target are one account and region of one provider',
  test: ({ facts: { workload }, target }) =>
    samePlace(workload.instance, target.at)
      ? holds(`same cloud ${formatPlace(target.at)}`)
      : fails(`${formatPlace(workload.instance)} ≠ ${formatPlace(target.at)}`),
};

export const sameType: Precondition = {
  name: 'same-type',
  sentence: 'the server has the type that is wanted',
  test: ({ facts, target }) =>
    given(facts.source, ({ instanceType }) => same('type', instanceType, target.instanceType)),
};

export const otherType: Precondition = {
  name: 'other-type',
  sentence: 'the server is wanted in another type',
  test: ({ facts, target }) =>
    given(facts.source, ({ instanceType }) =>
      instanceType === target.instanceType
        ? fails(`the type is ${instanceType} already`)
        : holds(`type ${instanceType} → ${target.instanceType}`),
    ),
};

/** The server stays where it is. */
export const wantedZone: Precondition = {
  name: 'wanted-zone',
  sentence: 'the server stands in one of the zones that are wanted',
  test: ({ facts, target }) =>
    given(facts.source, ({ zone }) =>
      target.zones.includes(zone)
        ? holds(`zone ${zone}`)
        : fails(`zone differs: ${zone} is not in ${target.zones.join(', ') || 'an empty list'}`),
    ),
};

export const sameImage: Precondition = {
  name: 'same-image',
  sentence: 'the server was made from the image that is wanted',
  test: ({ facts, target }) =>
    given(facts.source, ({ imageId }) => same('image', imageId ?? 'not told', target.imageId)),
};

/** The data disks can be attached where the target will stand. */
export const sameZone: Precondition = {
  name: 'same-zone',
  sentence: 'the volume can be attached where the target will stand',
  test: ({ facts, target }) => {
    const { traits } = facts;
    if (traits.known && traits.value.zoneBoundVolumes === false) {
      return target.zones.length > 0
        ? holds('volumes of this cloud are not bound to a zone')
        : fails('the target names no zone');
    }
    const bound =
      traits.known && traits.value.zoneBoundVolumes === true ? '' : ' (not known to be free of zones)';
    return given(volumesKnown(facts), (volumes): Finding => {
      const zones = [...new Set(volumes.map(({ zone }) => zone))];
      const [zone = ''] = zones;
      if (zones.length > 1) return fails(`the data disks are in ${zones.join(' and ')}${bound}`);
      if (target.zones.includes(zone)) return holds(`zone ${zone}`);
      return fails(
        `volume is in ${zone}${bound}, target wants ${target.zones.join(', ') || 'no zone'}`,
        change('say', `let the target stand in ${zone}`),
      );
    });
  },
};

/** Is there a zone at all for a new server? */
export const zoneNamed: Precondition = {
  name: 'zone-named',
  sentence: 'the target names at least one zone',
  test: ({ target }) =>
    target.zones.length > 0 ? holds(`zone ${target.zones.join(' or ')}`) : fails('the target names no zone'),
};

/** The zones in which the target of a swap may stand: its own wish, narrowed to where the volume can be attached. */
export function swapZones({ facts, target }: Pick<Question, 'facts' | 'target'>): readonly string[] {
  const bound = !facts.traits.known || facts.traits.value.zoneBoundVolumes !== false;
  if (!bound) return target.zones;
  const volumes = volumesKnown(facts);
  if (!volumes.known) return [];
  return target.zones.filter((zone) => volumes.value.every((volume) => volume.zone === zone));
}
