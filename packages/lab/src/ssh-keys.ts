import { access, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CloudResult } from '@belay/cloud';
import { ok, ResultAsync, safeTry } from 'neverthrow';
import { command } from './command.ts';
import { withLocks } from './locks.ts';
import { addressOf, homeOf, type Site, sixOf } from './site.ts';
import type { Span } from './span.ts';

/**
 * The keys by which one gets into the instances: the lab has a pair of its own, every instance has a host key from its
 * first moment on, and the file of known hosts names exactly the instances that there are.
 */
export interface SshFiles {
  /** The private key; the public one is beside it. */
  readonly identityFile: string;
  readonly knownHostsFile: string;
}

export function sshFiles({ folder }: Pick<Site, 'folder'>): SshFiles {
  return {
    identityFile: join(folder, 'ssh', 'id_ed25519'),
    knownHostsFile: join(folder, 'ssh', 'known_hosts'),
  };
}

/** Makes the lab's own pair where there is none. */
export function makeLabKey(span: Span): CloudResult<void> {
  const { identityFile } = sshFiles(span.site);
  return safeTry(async function* () {
    if (await isThere(identityFile)) return ok(undefined);
    yield* makeKey(span, identityFile, 'belay-lab');
    return ok(undefined);
  });
}

/** Makes the host key of an instance and lets the lab's key and the other ones in. */
export function makeHostKey(span: Span, instanceId: string): CloudResult<void> {
  const { site } = span;
  const folder = join(homeOf(site, instanceId), 'upper/etc/ssh');
  return safeTry(async function* () {
    yield* makeKey(span, join(folder, 'ssh_host_ed25519_key'), instanceId);
    const own = await readFile(`${sshFiles(site).identityFile}.pub`, 'utf8');
    const keys = [own.trim(), ...site.settings.authorizedKeys];
    await writeFile(join(folder, 'authorized_keys'), `${keys.join('\n')}\n`, { mode: 0o600 });
    return ok(undefined);
  });
}

/** The public host key of an instance, as it shows it. */
export function hostKeyOf(span: Span, instanceId: string): CloudResult<string> {
  const file = join(homeOf(span.site, instanceId), hostKeyFile);
  return ResultAsync.fromSafePromise(readFile(file, 'utf8')).map(bareKey);
}

/** Writes the file of known hosts anew, from what there is. */
export function writeKnownHosts(span: Span): CloudResult<void> {
  const { site } = span;
  const { knownHostsFile } = sshFiles(site);
  return withLocks(span, ['z-known-hosts'], () => {
    const write = async (): Promise<void> => {
      let lines = '';
      for (const { id, number } of await site.shelves.instances.all()) {
        const file = join(homeOf(site, id), hostKeyFile);
        const key = await readFile(file, 'utf8').catch(() => undefined);
        if (key === undefined) continue;
        const names = `${addressOf(site, number)},${sixOf(site, number)}`;
        lines += `${names} ${bareKey(key)}\n`;
      }
      await writeFile(`${knownHostsFile}.draft`, lines);
      await rename(`${knownHostsFile}.draft`, knownHostsFile);
    };
    return ResultAsync.fromSafePromise(write());
  });
}

const hostKeyFile = 'upper/etc/ssh/ssh_host_ed25519_key.pub';

/** Without the comment. */
function bareKey(key: string): string {
  return key.trim().split(' ').slice(0, 2).join(' ');
}

function makeKey(span: Span, file: string, comment: string): CloudResult<string> {
  return command(span, ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file]);
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
