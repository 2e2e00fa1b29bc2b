// The stories of the planner's graphs over OpenStack's own services, looked at by OpenStack's own client.

import { join } from 'node:path';
import type { Fetch } from '@belay/openstack';
import { openEye } from '../graphs/eye.ts';
import type { Change, Stage } from '../graphs/scene.ts';
import { graphStories, tellGraphs } from '../graphs/stories.ts';
import { openCloud, type Place } from './place.ts';

export interface GraphTest {
  readonly place: Place;
  readonly runName: string;
  readonly say: (line: string) => void;
  /** Only the stories with these names. */
  readonly only?: readonly string[] | undefined;
}

/** Each as the services know it; of an action also the word in its body. */
const calls: Readonly<
  Record<Change, { readonly method: string; readonly path: RegExp; readonly word?: string }>
> = {
  moveAddress: { method: 'PUT', path: /\/floatingips\/[^/]+$/ },
  renameServer: { method: 'PUT', path: /\/servers\/[^/]+$/ },
  startServer: { method: 'POST', path: /\/servers\/[^/]+\/action$/, word: 'os-start' },
  modifyVolume: { method: 'POST', path: /\/volumes\/[^/]+\/action$/, word: 'os-extend' },
};

export async function checkGraphs({ place, runName, say, only }: GraphTest): Promise<readonly string[]> {
  const refused: Change[] = [];
  const eye = openEye('/usr/bin/python3', join(import.meta.dirname, 'look.py'), place.access);
  const stage: Stage = {
    cloud: await openCloud(place, { fetch: refusing(refused) }),
    wanted: {
      zone: place.zone,
      imageId: place.imageId,
      instanceType: place.instanceType,
      newInstanceType: place.otherInstanceType,
      diskType: place.diskType,
      networkId: place.networkId,
    },
    refuse: (change) => refused.push(change),
    look: eye.look,
    reserves: false,
  };
  const left = graphStories.filter(({ name }) => only?.includes(name) ?? true);
  try {
    return await tellGraphs(left, stage, ({ name }) => `${runName}-graph-${name}`, say);
  } finally {
    await eye.close();
  }
}

/** Node's own fetch; the services refuse each of these calls once, as their policies would. */
function refusing(refused: Change[]): Fetch {
  return async (url, init) => {
    const { pathname } = new URL(url);
    const index = refused.findIndex((change) => {
      const { method, path, word } = calls[change];
      const isMeant = word === undefined || (typeof init.body === 'string' && init.body.includes(word));
      return init.method === method && path.test(pathname) && isMeant;
    });
    if (index < 0) return fetch(url, init);
    refused.splice(index, 1);
    const body = { forbidden: { code: 403, message: "Policy doesn't allow this to be performed." } };
    return Response.json(body, { status: 403 });
  };
}
