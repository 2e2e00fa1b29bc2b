// The planner's other graphs on real disks, while clients order from the shop: it grows, changes its size, is taken over
// by its standby, and the server that it has left is given up. The three ways to move it and the ways back after an
// accident are the proof's own: see `npm run lab`.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type CloneInput, type CloneOutput, releaseOf } from '@belay/planner';
import { expectOk } from '../../bench/lab/expect.ts';
import { planFor } from '../../bench/lab/stage.ts';
import { runOf } from '../../bench/lab/steps.ts';
import { pause } from './open.ts';
import { atShop, type End, type Shop } from './shop.ts';
import { standbyIsPrimary, standbyOf, takeoverOf } from './standby.ts';
import { check, type Story } from './story.ts';
import { word } from './word.ts';

export const graphStories: readonly Story[] = [
  {
    title: 'a disk grows while the shop serves from it: refused once, then done, and the guest has the room',
    play: (folder) => {
      const grows = async (shop: Shop): Promise<End> => {
        const { stage } = shop;
        const before = shop.roomBytes();
        const { instanceType } = expectOk(await stage.lab.cloud.instances.get(stage.current().instance.id));
        const target = { ...(await stage.target()), instanceType };
        const plan = await shop.plan('grow-online', { ...target, sizeGiB: target.sizeGiB + 2 });
        await shop.refused(plan);
        check(shop.roomBytes() === before, 'The refused run has grown the filesystem.');
        await shop.done(plan);
        const grown = shop.roomBytes() - before;
        check(grown > 1.8 * 2 ** 30, `The guest has ${grown} bytes more, and not about 2 GiB.`);
        return 'source';
      };
      // An ext4 that is mounted grows only where root has CAP_SYS_RESOURCE; root of a container may lack that.
      return atShop(folder, grows, 'xfs');
    },
  },
  {
    title: 'a server changes its type and has it back: refused once, then done, then taken back',
    play: (folder) =>
      atShop(folder, async (shop) => {
        const { stage } = shop;
        const planned = async () => shop.plan('resize-in-place', await stage.target());
        const typeNow = async (): Promise<string> =>
          expectOk(await stage.lab.cloud.instances.get(stage.current().instance.id)).instanceType;
        const first = await typeNow();
        await shop.refused(await planned());
        check((await typeNow()) === first, `After the refused run it is ${await typeNow()}.`);
        // The server has started again since, and a plan of before is not carried out.
        const { runId } = await shop.done(await planned());
        const second = await typeNow();
        check(second !== first, `It is ${second} still.`);
        await shop.takenBack(runId);
        check((await typeNow()) === first, `Taken back it is ${await typeNow()}.`);
        return 'source';
      }),
  },
  {
    title: 'where everything is as it is wanted, nothing is run',
    play: (folder) =>
      atShop(folder, async ({ stage }) => {
        const { instanceType } = expectOk(await stage.lab.cloud.instances.get(stage.current().instance.id));
        const target = { ...(await stage.target()), instanceType };
        const plan = await planFor(stage.services, stage.current(), target);
        check(plan.result === 'noop', `It would do ${plan.strategy}.`);
        return 'source';
      }),
  },
  {
    title:
      'a server that the shop has left is given up with its disk and its picture, and nothing before that',
    play: (folder) =>
      atShop(folder, async (shop) => {
        const { stage } = shop;
        const source = stage.current();
        const plan = await shop.plan('snapshot-clone', await stage.target());
        const { runId, output } = await shop.done(plan);
        // The graph of the plan is a clone's.
        const { target, picture } = output as CloneOutput;
        const move = runOf(plan).input as unknown as CloneInput;
        const snapshots = picture === undefined ? [] : [picture.snapshotId];
        const image = (id: string): boolean => existsSync(join(folder, 'disks', `${id}.img`));
        check(image(source.volumeId), 'The disk of the source is gone before its release.');
        const given = { firstRunId: runId, move, target, volumes: [source.volumeId], snapshots, ...word };
        const soak = { succeededAt: new Date().toISOString(), now: new Date().toISOString() };
        const early = releaseOf({ ...given, ...soak, soakSeconds: 3_600 });
        check(early.isErr() && early.error.kind === 'still-soaking', 'It may be released at once.');
        const accept = [{ guard: 'soak-watched', ...word }];
        const input = expectOk(releaseOf({ ...given, ...soak, accept, soakSeconds: 0 }));
        await shop.carriedOut({ graph: 'release-source', input, keys: [`node/${source.name}`] });
        const gone = await stage.lab.cloud.instances.get(source.instance.id);
        check(gone.isErr() && gone.error.kind === 'not-found', 'The source is there still.');
        check(!image(source.volumeId), 'The disk of the source is there still.');
        check(!snapshots.some(image), 'The picture is there still.');
        const back = await shop.runner.revert(runId, word);
        check(back.isErr(), 'A move whose source is gone may be taken back.');
        return 'target';
      }),
  },
  {
    title: 'a standby takes over from a shop that lives: refused once, then done, and no order is lost',
    play: (folder) =>
      atShop(folder, async (shop) => {
        const standby = await standbyOf(shop);
        await shop.refused(await takeoverOf(shop, standby, 'planned'));
        const spoilt = await takeoverOf(shop, standby, 'forced');
        check(spoilt.run === undefined, 'What was copied by half may be promoted.');
        await shop.done(await takeoverOf(shop, standby, 'planned'));
        await standbyIsPrimary(shop, standby);
        return 'target';
      }),
  },
  {
    title: 'a standby takes over from a shop that died: what it lacks is as much as was announced',
    play: (folder) =>
      atShop(folder, async (shop) => {
        const { stage } = shop;
        const standby = await standbyOf(shop);
        await pause(1_000);
        expectOk(await stage.lab.pullPlug(stage.current().instance.id, { key: 'accident' }));
        const plan = await takeoverOf(shop, standby, 'forced');
        const announced = plan.candidates.find(({ mode }) => mode === 'forced')?.loss.seconds ?? 0;
        check(announced >= 1, `It announces a loss of ${announced} s.`);
        await shop.done(plan);
        await standbyIsPrimary(shop, standby);
        return { dataAt: standby.last.dataAt };
      }),
  },
];
