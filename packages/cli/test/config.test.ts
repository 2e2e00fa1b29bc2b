import { expect, test } from 'vitest';
import { readConfig } from '../src/config/read.ts';

function complaint(value: unknown): string {
  return readConfig(value, 'belay.config.json').match(
    () => 'nothing',
    ({ message }) => message,
  );
}

test('what is wrong in a config is named by its file and its field', () => {
  expect(complaint({ clouds: { fra: { kind: 'aws', account: 'shop' } } })).toBe(
    'belay.config.json: clouds.fra.region: is missing',
  );
  expect(complaint({ clouds: { fra: { kind: 'azure' } } })).toBe(
    'belay.config.json: clouds.fra.kind: must be "aws", "openstack", "lab" or "sim"',
  );
  expect(complaint({ hosts: { fra: { port: 70_000 } }, clouds: {} })).toBe(
    'belay.config.json: hosts.fra.port: must be from 1 to 65535',
  );
  expect(complaint({ planning: { budgetSeconds: '300' } })).toMatch(
    /^belay\.config\.json: planning\.budgetSeconds: must be number, and is "300"$/,
  );
});

test('a misspelt section or field is refused, and the right one is offered', () => {
  expect(complaint({ clods: {} })).toBe(
    'belay.config.json: clods: is not a field that is known. Did you mean clouds?',
  );
  const toy = { kind: 'sim', file: 'world.json', sped: 10 };
  expect(complaint({ clouds: { toy } })).toBe(
    'belay.config.json: clouds.toy.sped: is not a field that is known. Did you mean speed?',
  );
  expect(complaint({ planning: { budgetSecond: 3 } })).toContain('Did you mean budgetSeconds?');
  expect(complaint({ clouds: { toy: { ...toy, sped: 1, xyzzy: 1 } } })).not.toContain('xyzzy');
});

test('a secret that is written down is refused', () => {
  const credentials = { accessKeyId: 'AKIA', secretAccessKey: { env: 'SECRET' } };
  const cloud = { kind: 'aws', account: 'shop', region: 'eu-central-1', credentials };
  expect(complaint({ clouds: { fra: cloud } })).toContain(
    'belay.config.json: clouds.fra.credentials.accessKeyId: must be { "env": NAME }',
  );
});

test('hosts belong to a cloud of the config', () => {
  expect(complaint({ clouds: { fra: { kind: 'sim', file: 'w.json' } }, hosts: { frb: {} } })).toBe(
    'belay.config.json: hosts.frb: there is no cloud frb. Did you mean fra?',
  );
});

test('workloads and products are checked before anything is asked', () => {
  expect(complaint({ workloads: [{ name: 'web12' }] })).toMatch(/^belay\.config\.json: workloads\.0\./);
  expect(complaint({ catalogue: { products: { small: {} } } })).toMatch(
    /^belay\.config\.json: catalogue\.products\.small\./,
  );
  expect(complaint({ workloads: 7 })).toContain('must be the path of a JSON file');
});
