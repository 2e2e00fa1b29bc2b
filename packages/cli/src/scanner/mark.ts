/**
 * `belay mark`: says once which store this is. A scan believes only a store that carries its mark, so that another bucket
 * of the same layout, or a disk that is not mounted, is never taken for it.
 */

import { type Call, type Command, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { newName } from './chance.ts';
import { pathIn } from './place.ts';
import { placeOf } from './scope.ts';
import { s3Client } from './sides.ts';
import { ofConfig, ofScanner } from './trouble.ts';
import { complain } from './with-scope.ts';

const options = {
  environment: { type: 'string', value: 'NAME', help: 'which environment the store is of: production' },
  id: { type: 'string', value: 'NAME', help: 'a name of its own; a new one, where absent' },
} as const;

export const mark: Command = defineCommand({
  name: 'mark',
  summary: 'Say once which store this is, for scans to believe it',
  usage: '<scope> --environment NAME [--id NAME]',
  about: 'A store that is marked already is left alone, and that is an error.',
  options,
  words: { least: 1, most: 1 },
  examples: ['belay mark offsite --environment production'],
  exits: {},
  async run(call) {
    const { environment } = call.options;
    if (environment === undefined || environment.trim() === '') {
      return complain(call, 'mark', {
        message: '--environment is missing: production, staging, …',
        code: exit.error,
      });
    }
    return await marked(call, environment);
  },
});

async function marked(call: Call<typeof options>, environment: string): Promise<number> {
  const [scope = ''] = call.words;
  const place = await placeOf(call, scope);
  if (place.isErr()) return complain(call, 'mark', place.error);
  const { inventory, sweeper } = place.value.section;
  const said = { id: call.options.id ?? newName(), environment };
  if (inventory.kind === 'folder') {
    const folder = { name: inventory.name ?? scope, path: pathIn(place.value, inventory.path) };
    const { markFolder } = await import('@belay/scanner/folder');
    const done = await markFolder({ ...folder, mark: said }, { signal: call.signal });
    if (done.isErr()) return complain(call, 'mark', ofScanner(done.error, scope));
  } else if (inventory.kind === 's3') {
    const credentials = sweeper?.kind === 's3' ? sweeper.credentials : inventory.credentials;
    const client = await s3Client(
      inventory,
      credentials,
      sweeper?.kind === 's3' ? 'sweeper' : 'inventory',
      place.value,
    );
    if (client.isErr()) return complain(call, 'mark', ofConfig(client.error));
    const { markBucket } = await import('@belay/scanner/s3');
    const done = await markBucket(
      { client: client.value, bucket: inventory.bucket, mark: said },
      { signal: call.signal },
    );
    if (done.isErr()) return complain(call, 'mark', ofScanner(done.error, scope));
  } else {
    const message = `a store of the kind ${inventory.kind} carries no mark: it is known by its account and region.`;
    return complain(call, 'mark', { message, code: exit.error });
  }
  call.out.say(
    `The store of ${scope} is ${said.id} of ${environment} now. belay scan ${scope} --identify shows it.`,
  );
  return exit.done;
}
