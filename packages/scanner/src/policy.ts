/**
 * How careful the scanner is, said in full. Nothing here has a default: a field that is left out, misspelt, zero,
 * negative, no number or a text where a number belongs is refused, so that no gap in a file ever means "no limit".
 */

import { createPublicKey } from 'node:crypto';
import { err, ok, type Result } from 'neverthrow';
import { type ItemKind, itemKind, keyPrefix } from './key.ts';
import * as read from './policy-reader.ts';
import { type ScannerError, scannerError } from './scanner-error.ts';
import { type Scope, scopeOf } from './scope.ts';
import type { SourceIdentity } from './statement.ts';

/** So many items, and so many bytes: whichever is reached first. */
export interface Amount {
  readonly items: number;
  readonly bytes: number;
}

/** A bound on change between two scans: beyond so many rows *and* beyond this share of what was there. */
export interface Bound {
  readonly rows: number;
  /** Above 0, at most 1. */
  readonly share: number;
}

/** The most that may go without a signature. */
export interface Caps {
  readonly run: Amount;
  /** What went in the last 24 hours and 30 days counts: slow poison is poison. */
  readonly day: Amount;
  readonly thirtyDays: Amount;
  /** Of the items and of the bytes in the last complete scan: of all, of one owner's, of one prefix's. */
  readonly share: { readonly total: number; readonly owner: number; readonly prefix: number };
  /** Shares are not asked where no more than so many items of an owner or a prefix go: one of two is a half. */
  readonly shareFromItems: number;
}

/** Somebody who may sign plans. */
export interface Approver {
  readonly name: string;
  /** An Ed25519 public key as PEM. */
  readonly publicKey: string;
}

/** The two classes of orphan. */
export const orphanClasses = ['no-entry', 'owner-ended'] as const;

export type OrphanClass = (typeof orphanClasses)[number];

/** The whole policy. Times in milliseconds. */
export interface Policy {
  /** `production`. An item that says otherwise of itself is never ours. */
  readonly environment: string;
  readonly scope: Scope;
  /** Who is expected to answer. Anybody else is not believed. */
  readonly expect: {
    readonly inventory: SourceIdentity;
    readonly registries: Readonly<Record<string, SourceIdentity>>;
  };
  /** For each kind the registries that must all have spoken before anything of it is called an orphan. */
  readonly references: Readonly<Record<string, readonly string[]>>;
  /** Sides that cannot show canaries, by name: an empty list wherever possible. */
  readonly withoutCanaries: readonly string[];
  readonly scans: {
    /** How many complete scans must have seen an orphan as one; at least 2. */
    readonly count: number;
    /** Over how long a time at least. All of them lie within twice this time. */
    readonly graceMs: number;
    /** How often a scan is expected. Without a complete one for two periods people are told, and nothing is swept. */
    readonly periodMs: number;
    /** By the store's clock. Longer than anything that writes an item before its row. */
    readonly minAgeMs: number;
  };
  readonly ownerEnded: {
    /** From the day on which the owner's service ended. */
    readonly graceMs: number;
    /** How many owners may end between two scans. A billing fault ends them all. */
    readonly newOwners: number;
  };
  /** `keep`: an item whose owner no registry knows is only reported on. `flag`: it is treated as any other. */
  readonly unknownOwners: 'keep' | 'flag';
  readonly belief: {
    readonly clockToleranceMs: number;
    /** The share of items that may be in doubt. */
    readonly unknownShare: number;
    /** By kind, prefix and owner, on each side. */
    readonly shrink: Bound;
    readonly growth: Bound;
    /** Items that have lost their row since the last complete scan, without a record of its deletion. */
    readonly vanished: Bound;
  };
  readonly caps: Readonly<Record<OrphanClass, Caps>>;
  /** For each kind how many verified copies stay with an owner who is there, and with one who has ended. */
  readonly copies: Readonly<Record<string, { readonly active: number; readonly ended: number }>>;
  /** `required`: only an item that names this environment itself may go. */
  readonly selfDescription: 'required' | 'not-used';
  /** How long what was taken away can be brought back. */
  readonly undoWindowMs: number;
  readonly approval: {
    readonly approvers: readonly Approver[];
    /** Above this, two people sign. */
    readonly twoAbove: Amount;
    readonly planValidMs: number;
  };
}

/** Reads a policy from a file's contents or an object. `invalid` names the field and what is wrong with it. */
export function policyOf(given: unknown): Result<Policy, ScannerError> {
  try {
    const policy = readPolicy(given, 'policy');
    const problem = contradiction(policy);
    return problem === undefined ? ok(policy) : err(scannerError('invalid', problem));
  } catch (thrown) {
    if (thrown instanceof read.Unreadable) return err(scannerError('invalid', thrown.message));
    throw thrown;
  }
}

const amount: read.Reader<Amount> = read.object({ items: read.positive, bytes: read.positive });
const bound: read.Reader<Bound> = read.object({ rows: read.countOf, share: read.share });
const identity: read.Reader<SourceIdentity> = read.object({
  id: read.text,
  environment: read.text,
  schema: read.text,
});
const caps: read.Reader<Caps> = read.object({
  run: amount,
  day: amount,
  thirtyDays: amount,
  share: read.object({ total: read.share, owner: read.share, prefix: read.share }),
  shareFromItems: read.countOf,
});

const scope: read.Reader<Scope> = (value, path) => {
  const { prefixes, kinds } = read.object({
    prefixes: read.list(read.by(keyPrefix)),
    kinds: read.list(read.by(itemKind)),
  })(value, path);
  return read.by(() => scopeOf({ prefixes, kinds }))('', path);
};

const publicKey: read.Reader<string> = (value, path) => {
  const pem = read.text(value, path);
  try {
    // The library takes a private key, too, and makes the public one of it: a secret has no place in a policy.
    if (!pem.includes('PRIVATE KEY') && createPublicKey(pem).asymmetricKeyType === 'ed25519') return pem;
  } catch {
    // Said below, without what the library says of it: that may quote the key.
  }
  throw new read.Unreadable(`${path} is not an Ed25519 public key in PEM.`);
};

const readPolicy: read.Reader<Policy> = read.object({
  environment: read.text,
  scope,
  expect: read.object({ inventory: identity, registries: read.record(identity) }),
  references: read.record(read.list(read.text)),
  withoutCanaries: read.list(read.text),
  scans: read.object({
    count: read.positive,
    graceMs: read.positive,
    periodMs: read.positive,
    minAgeMs: read.positive,
  }),
  ownerEnded: read.object({ graceMs: read.positive, newOwners: read.countOf }),
  unknownOwners: read.oneOf('keep', 'flag'),
  belief: read.object({
    clockToleranceMs: read.positive,
    unknownShare: read.share,
    shrink: bound,
    growth: bound,
    vanished: bound,
  }),
  caps: read.object({ 'no-entry': caps, 'owner-ended': caps }),
  copies: read.record(read.object({ active: read.countOf, ended: read.countOf })),
  selfDescription: read.oneOf('required', 'not-used'),
  undoWindowMs: read.positive,
  approval: read.object({
    approvers: read.list(read.object({ name: read.text, publicKey })),
    twoAbove: amount,
    planValidMs: read.positive,
  }),
});

/** What no single field shows. */
function contradiction(policy: Policy): string | undefined {
  const { scope, references, expect, environment, copies, scans, approval } = policy;
  if (scans.count < 2) return 'policy.scans.count is 1: one look never makes an orphan.';
  for (const kind of scope.kinds) {
    const names = references[kind] ?? [];
    if (names.length === 0) return `policy.references names no registry for the kind ${kind}.`;
    const stranger = names.find((name) => expect.registries[name] === undefined);
    if (stranger !== undefined) return `policy.references.${kind} names ${stranger}, which is not in expect.`;
    if (copies[kind] === undefined) return `policy.copies says nothing about the kind ${kind}.`;
  }
  const sources = [expect.inventory, ...Object.values(expect.registries)];
  const foreign = sources.find((source) => source.environment !== environment);
  if (foreign !== undefined) return `policy.expect: ${foreign.id} belongs to ${foreign.environment}.`;
  const names = approval.approvers.map(({ name }) => name);
  // By what they hold: the same key can be written in lines of another length.
  const keys = approval.approvers.map(({ publicKey: pem }) =>
    createPublicKey(pem).export({ type: 'spki', format: 'der' }).toString('hex'),
  );
  if (new Set(names).size < names.length || new Set(keys).size < keys.length) {
    return 'policy.approval.approvers: two have the same name or the same key, so two signatures could be one person.';
  }
  return undefined;
}

/** The kinds of a policy, for rules that ask by kind. */
export function registriesFor(policy: Policy, kind: ItemKind): readonly string[] {
  return policy.references[kind] ?? [];
}
