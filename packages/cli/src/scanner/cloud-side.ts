/**
 * A cloud of the config as a store: one account and region, opened alone, with the file of what lies in its quarantine.
 * Inventory and sweeper name two clouds of the config, with credentials of their own for one and the same place.
 */

import { formatPlace, samePlace } from '@belay/cloud';
import type { Inventory, Remover } from '@belay/scanner';
import { cloudMarks } from '@belay/scanner/cloud';
import { err, ok, type Result } from 'neverthrow';
import type { ConfigError, LoadedConfig } from '../config/loaded-config.ts';
import type { CloudInventorySection } from '../config/scanner.ts';
import { openClouds } from '../session/open-clouds.ts';
import { sourceByReading } from './known-by-reading.ts';
import { type OpenedStore, type Place, pathIn, type Side, wrong } from './place.ts';

/** The volumes or the snapshots of a cloud. */
export async function cloudInventorySide(
  section: CloudInventorySection,
  name: string,
  place: Place,
): Promise<Result<Side<Inventory>, ConfigError>> {
  const opened = await openNamed(section.cloud, 'inventory.cloud', place);
  if (opened.isErr()) return err(opened.error);
  const { close, ...store } = opened.value;
  const { volumeInventory, snapshotInventory } = await import('@belay/scanner/cloud');
  const { of, environment, ownerTag } = section;
  // Clouds do not tell their time; a simulated one has another, in which no ledger is written.
  const options = { name, ...store, environment, ownerTag, clock: place.call.clock };
  const port = of === 'volumes' ? volumeInventory(options) : snapshotInventory(options);
  const prefix = of === 'volumes' ? 'volume/' : 'snapshot/';
  return ok({
    port,
    known: { identity: () => sourceByReading(port, prefix, place.call.signal) },
    cloud: store,
    close,
  });
}

/** What takes them away, over another cloud of the config. `looking`: the inventory's, open. */
export async function cloudRemoverSide(
  section: CloudInventorySection,
  deleting: string,
  name: string,
  { place, looking }: { readonly place: Place; readonly looking: OpenedStore },
): Promise<Result<Side<Remover>, ConfigError>> {
  const { volumeRemover, snapshotRemover } = await import('@belay/scanner/cloud');
  const removerOver = (store: OpenedStore): Remover =>
    section.of === 'volumes' ? volumeRemover({ name, ...store }) : snapshotRemover({ name, ...store });
  if (deleting === section.cloud) {
    // A simulation has no credentials, and is open only once.
    if (place.loaded.config.clouds?.[deleting]?.kind === 'sim') return ok({ port: removerOver(looking) });
    const message =
      'is that of the inventory: a scanner that could delete is no scanner. Name another entry of clouds, for the same place with credentials of its own';
    return err(wrong(place, 'sweeper.cloud', message));
  }
  const opened = await openNamed(deleting, 'sweeper.cloud', place);
  if (opened.isErr()) return err(opened.error);
  const { close, ...store } = opened.value;
  const from = looking.cloud.at;
  if (samePlace(store.cloud.at, from)) return ok({ port: removerOver(store), close });
  await close();
  const message = `is ${formatPlace(store.cloud.at)}, and the inventory is ${formatPlace(from)}`;
  return err(wrong(place, 'sweeper.cloud', message));
}

interface Opened extends OpenedStore {
  close(): Promise<void>;
}

/** Opens this one cloud: a scan of one account asks no other. */
async function openNamed(wanted: string, field: string, place: Place): Promise<Result<Opened, ConfigError>> {
  const { loaded, call, section } = place;
  const cloud = loaded.config.clouds?.[wanted];
  if (cloud === undefined) return err(wrong(place, field, `there is no cloud ${wanted} in clouds`));
  const only: LoadedConfig = { ...loaded, config: { ...loaded.config, clouds: { [wanted]: cloud } } };
  const clouds = await openClouds({ loaded: only, env: call.env, clock: call.clock, signal: call.signal });
  if (clouds.isErr()) return err(clouds.error);
  const [opened] = clouds.value.opened;
  const [trouble] = clouds.value.troubles;
  if (opened === undefined || trouble !== undefined) {
    return err(wrong(place, field, trouble ?? `${wanted} could not be opened`));
  }
  const marks = cloudMarks({ path: `${pathIn(place, section.ledger)}.marks` });
  if (marks.isErr()) {
    await opened.close();
    return err(wrong(place, 'ledger', marks.error.message));
  }
  const close = async (): Promise<void> => {
    marks.value.close();
    await opened.close();
  };
  try {
    return ok({ cloud: opened.cloud(), marks: marks.value, close });
  } catch (thrown) {
    // A simulated cloud that another process has open says so only now.
    await close();
    return err(wrong(place, field, thrown instanceof Error ? thrown.message : String(thrown)));
  }
}
