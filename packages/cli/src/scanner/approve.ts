/**
 * `belay approve`: a named person signs exactly one plan. It shows what is signed first, and asks for the digest: whoever
 * signs has read it. The key stays with the person; neither scanner nor sweeper ever has it.
 */

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { approvePlan, type Plan, signersOf } from '@belay/scanner';
import { err, ok, type Result } from 'neverthrow';
import { type Call, type Command, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { short } from './amount.ts';
import { findPlan } from './find-run.ts';
import { type KeptPlan, keepApproval } from './kept-plans.ts';
import { planLines } from './plan-text.ts';
import { placeOf, policyAt } from './scope.ts';
import type { Trouble } from './trouble.ts';
import { complain, pageOf, print } from './with-scope.ts';

const options = {
  key: { type: 'string', value: 'FILE', help: 'your private key: Ed25519, PEM, readable by you alone' },
  by: { type: 'string', value: 'NAME', help: 'your name, as the policy has it; you, where absent' },
  digest: { type: 'string', value: 'DIGEST', help: 'the digest that you have read; asked for, where absent' },
  all: { type: 'boolean', help: 'show every item, not only the first five' },
  'new-key': { type: 'string', value: 'FILE', help: 'sign nothing: make a pair of keys, FILE and FILE.pub' },
} as const;

export const approve: Command = defineCommand({
  name: 'approve',
  summary: 'Sign a plan, by name',
  usage: '<plan.json>|<digest> --key FILE [options]',
  about:
    'The signature is over the digest, the environment, the ledger and the time until which the plan holds. It fits no other plan and no later day, and lies beside the plan as a file.',
  options,
  words: { least: 0, most: 1 },
  examples: [
    'belay approve --new-key ann.pem',
    'belay approve plan.json --key ann.pem --by ann',
    'belay approve 3f2a9c1b04de --key ann.pem --digest 3f2a9c1b04de',
  ],
  exits: {
    [exit.riskMissing]: 'not signed: the digest was not given',
    [exit.stale]: 'the plan was edited, or is no longer good',
  },
  async run(call) {
    const [typed] = call.words;
    if (call.options['new-key'] !== undefined) return await newKey(call, call.options['new-key']);
    if (typed === undefined || call.options.key === undefined) {
      return complain(call, 'approve', {
        message: 'takes a plan and --key FILE, or --new-key FILE.',
        code: exit.error,
      });
    }
    const plan = await findPlan(call, typed);
    if (plan.isErr()) return complain(call, 'approve', plan.error);
    return await approved(call, plan.value, call.options.key);
  },
});

async function approved(call: Call<typeof options>, kept: KeptPlan, keyFile: string): Promise<number> {
  const { plan, path } = kept;
  const by = (call.options.by ?? call.user).trim();
  if (call.clock.now() >= Date.parse(plan.expiresAt)) {
    return complain(call, 'approve', {
      message: `the plan was good until ${plan.expiresAt}.`,
      code: exit.stale,
    });
  }
  const most = call.options.all ? Number.POSITIVE_INFINITY : 5;
  print(
    call,
    planLines({ scope: kept.scope, plan, policy: undefined, limits: undefined, most }, pageOf(call)),
  );
  const key = await readKey(call, keyFile);
  if (key.isErr()) return complain(call, 'approve', key.error);
  const isMeant = await digestIsSaid(call, plan);
  if (isMeant.isErr()) return complain(call, 'approve', isMeant.error);
  const approval = approvePlan(plan, by, key.value);
  const written = await keepApproval(path, approval);
  if (written.isErr()) return complain(call, 'approve', written.error);
  call.out.say(`${by} has signed ${short(plan.digest)}: ${written.value}`);
  await sayWhetherItCounts(call, kept, approval);
  return exit.done;
}

/** The digest, said by the person: by option, or typed after reading. */
async function digestIsSaid(call: Call<typeof options>, { digest }: Plan): Promise<Result<void, Trouble>> {
  const said =
    call.options.digest ??
    (await call.keyboard.ask(`To sign this plan, type the first 12 characters of its digest: `));
  if (said === undefined) {
    return err({ message: 'nobody is there to be asked: say --digest DIGEST.', code: exit.riskMissing });
  }
  if (isDigestOf(digest, said)) return ok(undefined);
  return err({
    message: `${said} is not the digest of this plan: nothing was signed.`,
    code: exit.riskMissing,
  });
}

/** At least the first twelve characters, and nothing else. */
export function isDigestOf(digest: string, said: string): boolean {
  const text = said.trim().toLowerCase();
  return text.length >= 12 && digest.startsWith(text);
}

async function readKey(call: Call, file: string): Promise<Result<KeyObject, Trouble>> {
  const no = (message: string): Result<never, Trouble> => err({ message, code: exit.error });
  try {
    const { mode } = await stat(file);
    if ((mode & 0o077) !== 0) return no(`${file} can be read by others: chmod 600 ${file}`);
    const pem = await readFile(file, 'utf8');
    const isLocked = /ENCRYPTED/.test(pem);
    const passphrase = isLocked
      ? await call.keyboard.ask(`Passphrase of ${file}: `, { hidden: true })
      : undefined;
    const key = createPrivateKey({ key: pem, ...(passphrase !== undefined && { passphrase }) });
    return key.asymmetricKeyType === 'ed25519' ? ok(key) : no(`${file} is not an Ed25519 key.`);
  } catch (thrown) {
    // What the library says of a key may quote it.
    const code: unknown = thrown instanceof Error ? Reflect.get(thrown, 'code') : undefined;
    return no(
      code === 'ENOENT' ? `there is no file ${file}.` : `${file} cannot be read as an Ed25519 private key.`,
    );
  }
}

/** Where the policy is at hand, the person learns at once whether the name and the key are those that it knows. */
async function sayWhetherItCounts(
  call: Call,
  { plan, scope }: KeptPlan,
  approval: ReturnType<typeof approvePlan>,
): Promise<void> {
  const policy = (await placeOf(call, scope)).andThen(policyAt);
  if (policy.isErr()) {
    call.out.say('Whether the policy knows this key was not looked up: there is no config for it here.');
    return;
  }
  const { approvers } = policy.value.approval;
  const counts = signersOf(plan, [approval], policy.value, call.clock.now()).length === 1;
  const why = approvers.some(({ name }) => name === approval.by)
    ? `the policy has another key for ${approval.by}`
    : `the policy knows ${approvers.map(({ name }) => name).join(', ') || 'nobody'}, and not ${approval.by}`;
  call.out.say(
    counts
      ? `It counts: ${plan.signatures} ${plan.signatures === 1 ? 'is' : 'are'} needed.`
      : `It does not count: ${why}.`,
  );
}

async function newKey(call: Call, file: string): Promise<number> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const pem = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })).export({
    type: 'spki',
    format: 'pem',
  });
  try {
    await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), {
      mode: 0o600,
      flag: 'wx',
      flush: true,
    });
    await writeFile(`${file}.pub`, pem, { flag: 'wx' });
  } catch (thrown) {
    const code: unknown = thrown instanceof Error ? Reflect.get(thrown, 'code') : undefined;
    const message =
      code === 'EEXIST'
        ? `${file} or ${file}.pub is there already: a key is never written over.`
        : `${file} cannot be written.`;
    return complain(call, 'approve', { message, code: exit.error });
  }
  call.out.data(JSON.stringify({ name: call.options['by'] ?? call.user, publicKey: pem }));
  call.out.say(`${file} is yours alone. The line above goes into policy.approval.approvers.`);
  return exit.done;
}
