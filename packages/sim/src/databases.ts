import { createHash } from 'node:crypto';
import type {
  DatabaseCopy,
  DatabaseCopySpec,
  Databases,
  HostError,
  HostResult,
  ReadOptions,
} from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { isFrozen } from './freeze.ts';
import type { GuestRecord } from './guest-record.ts';
import { type Located, locate } from './paths.ts';
import type { HostRefusal, Shell } from './shell.ts';

/** Copies of databases, each one moment of it: what is written while it is made is not in it. */
export type DatabaseSession = <T>(
  operation: 'databases.copy',
  options: ReadOptions | undefined,
  body: (shell: Shell) => Promise<Result<T, HostError>>,
) => HostResult<T>;

export function databasesOf(open: DatabaseSession): Databases {
  return {
    copy: (spec, call) =>
      open('databases.copy', call, async (shell) => {
        const began = shell.world.clock.now();
        const read = await shell.run(false, (guest) => readDatabase(shell, guest, spec));
        if (read.isErr()) return err(read.error);
        const delay = await shell.pause(shell.world.sampleMs('databases.copy'));
        if (delay.isErr()) return err(delay.error);
        return shell.run(true, (guest) =>
          place(shell, guest, spec.to).map(({ filesystem, path }): DatabaseCopy => {
            const text = read.value;
            const bytes = Buffer.byteLength(text);
            filesystem.files[path] = { bytes, text };
            return {
              to: spec.to,
              bytes,
              sha256: createHash('sha256').update(text).digest('hex'),
              check: spec.kind === 'sqlite' ? 'integrity_check: ok' : 'read back to its end',
              tookMs: shell.world.clock.now() - began,
            };
          }),
        );
      }),
  };
}

function readDatabase(shell: Shell, guest: GuestRecord, spec: DatabaseCopySpec): Result<string, HostRefusal> {
  if (spec.kind === 'sqlite') {
    return locate(shell.world, guest, spec.file).andThen(({ filesystem, path }) => {
      const text = filesystem.files[path]?.text;
      return text === undefined
        ? err({ kind: 'not-found' as const, message: `There is no database ${spec.file}.` })
        : ok(text);
    });
  }
  const { kind, database } = spec;
  const service = guest.services.find(({ name }) => name.startsWith(kind));
  if (guest.databases[kind] === undefined || service === undefined) {
    return err({ kind: 'unsupported', message: `There is no ${kind} here.` });
  }
  if (service.state !== 'active') return err({ kind: 'failed', message: `${service.name} does not answer.` });
  const files = guest.mounts.flatMap(({ mountPoint }) =>
    locate(shell.world, guest, mountPoint).match(
      ({ filesystem }) => Object.entries(filesystem.files),
      () => [],
    ),
  );
  return ok(JSON.stringify({ database, files: files.filter(([path]) => path.startsWith('db/')) }));
}

function place(shell: Shell, guest: GuestRecord, path: string): Result<Located, HostRefusal> {
  return locate(shell.world, guest, path).andThen((located) =>
    isFrozen(guest, located.mountPoint)
      ? err({ kind: 'busy' as const, message: `${located.mountPoint} is frozen.` })
      : ok(located),
  );
}
