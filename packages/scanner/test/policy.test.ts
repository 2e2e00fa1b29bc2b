// A policy from a file: every field is there, is what it must be, and agrees with the others, or the policy is refused by
// the name of the field. No gap in a file ever means "no limit".

import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { policyOf } from '../src/policy.ts';
import { plainPolicy } from './world.ts';

type Plain = Record<string, unknown>;

/** The policy as a file has it, with one field set; `undefined` takes it out. */
function withField(path: string, value: unknown): unknown {
  const whole: Plain = JSON.parse(JSON.stringify(plainPolicy()));
  const names = path.split('/');
  const last = names.pop() ?? '';
  let place = whole;
  for (const name of names) place = place[name] as Plain;
  if (value === undefined) delete place[last];
  else place[last] = value;
  return whole;
}

const refusal = (path: string, value: unknown): string =>
  policyOf(withField(path, value)).match(
    () => 'taken',
    ({ kind, message }) => `${kind}: ${message}`,
  );

/** Every number of the policy, by what it may be. */
const numbers: Readonly<Record<'positive' | 'count' | 'share', readonly string[]>> = {
  positive: [
    'scans/graceMs',
    'scans/periodMs',
    'scans/minAgeMs',
    'ownerEnded/graceMs',
    'belief/clockToleranceMs',
    'undoWindowMs',
    'approval/planValidMs',
    'approval/twoAbove/items',
    'approval/twoAbove/bytes',
    ...['no-entry', 'owner-ended'].flatMap((orphan) =>
      ['run', 'day', 'thirtyDays'].flatMap((span) => [
        `caps/${orphan}/${span}/items`,
        `caps/${orphan}/${span}/bytes`,
      ]),
    ),
  ],
  count: [
    'ownerEnded/newOwners',
    'belief/shrink/rows',
    'belief/growth/rows',
    'belief/vanished/rows',
    'caps/no-entry/shareFromItems',
    'caps/owner-ended/shareFromItems',
    'copies/archive/active',
    'copies/archive/ended',
  ],
  share: [
    'belief/unknownShare',
    'belief/shrink/share',
    'belief/growth/share',
    'belief/vanished/share',
    ...['no-entry', 'owner-ended'].flatMap((orphan) =>
      ['total', 'owner', 'prefix'].map((part) => `caps/${orphan}/share/${part}`),
    ),
  ],
};

test('every limit of a policy is read, and one that is left out, a text, null or no number is refused by its name', () => {
  for (const path of Object.values(numbers).flat()) {
    const name = `policy.${path.replaceAll('/', '.')}`;
    expect(refusal(path, undefined)).toBe(`invalid: ${name} is missing.`);
    for (const wrong of ['7', '5%', null, true, [], {}, -1, 1e300 * 10]) {
      expect(refusal(path, wrong), `${name} ${String(wrong)}`).toContain(`invalid: ${name} is `);
    }
  }
});

test('a number is read as it is written, from its least on', () => {
  for (const path of numbers.positive) {
    expect(refusal(path, 1)).toBe('taken');
    expect(refusal(path, 0)).toContain('is 0, not a whole number above zero.');
    expect(refusal(path, 1.5)).toContain('is 1.5, not a whole number above zero.');
    expect(refusal(path, 2 ** 53)).toContain('not a whole number above zero.');
  }
  for (const path of numbers.count) {
    expect(refusal(path, 0)).toBe('taken');
    expect(refusal(path, -1)).toContain('is -1, not a whole number of at least zero.');
    expect(refusal(path, 0.5)).toContain('is 0.5, not a whole number of at least zero.');
  }
  for (const path of numbers.share) {
    expect(refusal(path, 1)).toBe('taken');
    expect(refusal(path, Number.MIN_VALUE)).toBe('taken');
    expect(refusal(path, 0)).toContain('is 0, not a share above 0 and up to 1.');
    expect(refusal(path, 1.01)).toContain('is 1.01, not a share above 0 and up to 1.');
    expect(refusal(path, '1')).toContain('is "1", not a share above 0 and up to 1.');
  }
  const read = policyOf(withField('caps/owner-ended/day/items', 17))._unsafeUnwrap();
  expect(read.caps['owner-ended'].day.items).toBe(17);
  expect(read.caps['no-entry'].day.items).toBe(30);
});

test('a name that nobody asked for is refused wherever it stands: a misspelt limit is no limit', () => {
  for (const place of [
    'expect',
    'expect/inventory',
    'expect/registries/orders',
    'scope',
    'scans',
    'ownerEnded',
    'belief',
    'belief/shrink',
    'caps',
    'caps/no-entry',
    'caps/no-entry/run',
    'caps/no-entry/share',
    'copies/archive',
    'approval',
    'approval/twoAbove',
    'approval/approvers/0',
  ]) {
    const name = `policy.${place.replaceAll('/', '.').replace('.0', '[0]')}.maximum`;
    expect(refusal(`${place}/maximum`, 1)).toBe(`invalid: ${name} is not known.`);
  }
});

test('what should be an object, a list, a word or a text and is none is refused with what it is', () => {
  const sentences = [
    ['scans', [], 'policy.scans is [], not an object.'],
    ['scans', null, 'policy.scans is null, not an object.'],
    ['expect/registries', 'orders', 'policy.expect.registries is "orders", not an object.'],
    ['withoutCanaries', 'backups', 'policy.withoutCanaries is "backups", not a list.'],
    ['withoutCanaries', [''], 'policy.withoutCanaries[0] is "", not a text.'],
    ['references/archive', ['orders', 7], 'policy.references.archive[1] is 7, not a text.'],
    ['environment', 'x'.repeat(0), 'policy.environment is "", not a text.'],
    ['unknownOwners', 'KEEP', 'policy.unknownOwners is "KEEP", not keep or flag.'],
    ['selfDescription', false, 'policy.selfDescription is false, not required or not-used.'],
    ['environment', ['x'.repeat(80)], `policy.environment is ["${'x'.repeat(38)}, not a text.`],
  ] as const;
  for (const [path, value, sentence] of sentences) {
    expect(refusal(path, value)).toBe(`invalid: ${sentence}`);
  }
  expect(policyOf('production')._unsafeUnwrapErr().message).toBe('policy is "production", not an object.');
  expect(policyOf(undefined)._unsafeUnwrapErr().message).toBe('policy is missing, not an object.');
});

test('a scope is read with the same strictness as one that is made by hand', () => {
  expect(refusal('scope/prefixes', [])).toBe('invalid: policy.scope: A scope names at least one prefix.');
  expect(refusal('scope/kinds', [])).toBe('invalid: policy.scope: A scope names at least one kind of item.');
  expect(refusal('scope/prefixes', ['a/', ''])).toBe(
    'invalid: policy.scope.prefixes[1]: The prefix is empty.',
  );
  expect(refusal('scope/kinds', [7])).toBe('invalid: policy.scope.kinds[0]: The kind is empty.');
  expect(refusal('scope/prefixes', ['a/b/', 'a/'])).toBe(
    'invalid: policy.scope: The prefix a/b/ lies within a/.',
  );
});

test('fields that contradict each other are told: one look, a kind of which nobody knows, a stranger, another house', () => {
  expect(refusal('scans/count', 1)).toBe('invalid: policy.scans.count is 1: one look never makes an orphan.');
  expect(refusal('scans/count', 2)).toBe('taken');
  for (const references of [{}, { archive: [] }, { volume: ['orders'] }]) {
    expect(refusal('references', references)).toBe(
      'invalid: policy.references names no registry for the kind archive.',
    );
  }
  expect(refusal('references/archive', ['orders', 'billing'])).toBe(
    'invalid: policy.references.archive names billing, which is not in expect.',
  );
  expect(refusal('copies', {})).toBe('invalid: policy.copies says nothing about the kind archive.');
  expect(refusal('scope/kinds', ['archive', 'volume'])).toBe(
    'invalid: policy.references names no registry for the kind volume.',
  );
  for (const path of ['expect/inventory', 'expect/registries/orders']) {
    expect(refusal(`${path}/environment`, 'staging')).toMatch(
      /^invalid: policy\.expect: memory:\w+ belongs to staging\.$/,
    );
  }
});

const pair = generateKeyPairSync('ed25519');
const pem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const other = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();

test('a key of another sort, a private one, and what is no key at all are refused, and none is shown', () => {
  const secret = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
  const wrong = [
    rsa.export({ type: 'spki', format: 'pem' }).toString(),
    secret,
    `${secret}${pem}`,
    `${pem}${secret}`,
    'a key',
  ];
  for (const publicKey of [...wrong, pem.replace('MCow', 'MCox')]) {
    expect(refusal('approval/approvers', [{ name: 'ann', publicKey }])).toBe(
      'invalid: policy.approval.approvers[0].publicKey is not an Ed25519 public key in PEM.',
    );
  }
  expect(refusal('approval/approvers', [{ name: 'ann', publicKey: 7 }])).toContain('is 7, not a text.');
  expect(refusal('approval/approvers', [{ name: 'ann', publicKey: pem }])).toBe('taken');
});

test('two approvers are two people: neither one name twice, nor one key twice however it is written', () => {
  const both = (first: object, second: object) =>
    refusal('approval/approvers', [
      { name: 'ann', publicKey: pem, ...first },
      { name: 'bob', publicKey: other, ...second },
    ]);
  expect(both({}, {})).toBe('taken');
  expect(both({}, { name: 'ann' })).toContain('two signatures could be one person');
  for (const same of [pem, `\n${pem}\n`, pem.replaceAll('\n', '\r\n')]) {
    expect(both({}, { publicKey: same })).toContain('two signatures could be one person');
  }
});

test('a mistake of the program is no mistake in the file', () => {
  const broken = {
    ...plainPolicy(),
    get scans(): never {
      throw new RangeError('a getter of ours');
    },
  };
  expect(() => policyOf(broken)).toThrow('a getter of ours');
});
