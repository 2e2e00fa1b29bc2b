// The example as a user would start it, told where the cloud is by OpenStack's own variables and by nothing else.

import { checkExample as check } from '../swap/example.ts';
import type { Place } from './place.ts';

export function checkExample(
  { access, imageId, networkId, zone, diskType, instanceType, otherInstanceType }: Place,
  folder: string,
  say: (line: string) => void,
): Promise<readonly string[]> {
  const env = {
    ...access,
    BELAY_IMAGE: imageId,
    BELAY_NETWORK: networkId,
    BELAY_ZONE: zone,
    BELAY_VOLUME_TYPE: diskType,
    BELAY_FLAVOR: instanceType,
    BELAY_NEW_FLAVOR: otherInstanceType,
    BELAY_FOLDER: folder,
  };
  return check('examples/volume-swap-openstack.ts', env, say);
}
