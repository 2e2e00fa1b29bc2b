import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { redactor, Secret, secretStore } from '../src/index.ts';

const secret = new Secret('correct horse');

describe('Secret', () => {
  it('shows itself in none of the ways in which values end up in logs', () => {
    const shown = [
      String(secret),
      `${secret}`,
      JSON.stringify({ secret }),
      inspect({ secret }, { showHidden: true, depth: 5 }),
      inspect(Object.entries(secret)),
      JSON.stringify({ ...secret }),
    ];
    for (const text of shown) expect(text).not.toContain('horse');
    expect(secret.reveal()).toBe('correct horse');
  });

  it('is equal to another with the same value only', () => {
    expect(secret.equals(new Secret('correct horse'))).toBe(true);
    expect(secret.equals(new Secret('correct horses'))).toBe(false);
    expect(secret.equals(new Secret(''))).toBe(false);
  });
});

describe('secretStore', () => {
  it('gives what it was made with, and names what it has not', async () => {
    const store = secretStore({ 'db-main': 'correct horse' });
    expect((await store.get({ secret: 'db-main' }))._unsafeUnwrap().equals(secret)).toBe(true);
    expect((await store.get({ secret: 'toString' }))._unsafeUnwrapErr()).toEqual({
      kind: 'not-found',
      message: 'There is no secret named toString.',
      secret: 'toString',
    });
  });
});

describe('redactor', () => {
  const { text, value } = redactor([secret, new Secret('a/b+c?d'), new Secret('abc')]);

  it('finds a known secret wherever it stands, also encoded', () => {
    expect(text('the password is correct horse, really')).toBe('the password is [redacted], really');
    expect(text(`?p=${encodeURIComponent('a/b+c?d')}&x=1`)).toBe('?p=[redacted]&x=1');
    expect(text(`data ${Buffer.from('correct horse').toString('base64')}`)).toBe('data [redacted]');
    expect(value({ note: ['correct horse'], 'correct horse': 1 })).toEqual({
      note: ['[redacted]'],
      '[redacted]': 1,
    });
  });

  it('hides whatever stands under a name that sounds like a secret', () => {
    const seen = {
      dbPassword: 'x',
      api_key: 7,
      Authorization: 'y',
      nested: { clientSecret: { a: 1 } },
      name: 'web12',
    };
    expect(value(seen)).toEqual({
      dbPassword: '[redacted]',
      api_key: '[redacted]',
      Authorization: '[redacted]',
      nested: { clientSecret: '[redacted]' },
      name: 'web12',
    });
  });

  it('hides passwords in addresses, headers, assignments and private keys in texts', () => {
    expect(text('postgres://app:hunter22@db.internal:5432/shop')).toBe(
      'postgres://app:[redacted]@db.internal:5432/shop',
    );
    expect(text('authorization: Bearer eyJhbGciOi.abc')).toBe('authorization: Bearer [redacted]');
    expect(text('PGPASSWORD=hunter22 psql -h db')).toBe('PGPASSWORD=[redacted] psql -h db');
    expect(text('{"token": "abc def"}')).toBe('{"token": [redacted]}');
    expect(text('-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n')).toBe(
      '[redacted]\n',
    );
  });

  it('leaves ordinary things as they are', () => {
    const plain = { step: 'attach', tries: 2, ok: true, none: null, key: 'run-1/attach', at: new Date(0) };
    expect(value(plain)).toEqual({ ...plain, at: '1970-01-01T00:00:00.000Z' });
    expect(text('abc is too short to be looked for')).toBe('abc is too short to be looked for');
  });

  it('comes to an end with a value that contains itself, and with errors', () => {
    const loop: Record<string, unknown> = { name: 'a' };
    loop['self'] = loop;
    expect(value(loop)).toEqual({ name: 'a', self: '[circular]' });
    expect(value(new Error('failed: correct horse'))).toEqual({
      name: 'Error',
      message: 'failed: [redacted]',
    });
  });
});
