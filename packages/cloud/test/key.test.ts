import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyTag, tokenOf } from '../src/index.ts';

describe('tokenOf', () => {
  it('is the same 64 hex characters for the same effect, in every process', () => {
    const token = tokenOf({ key: 'xgrade-42/place#1/target', kind: 'volume', verb: 'create', generation: 0 });
    expect(token).toMatch(/^[0-9a-f]{64}$/);
    expect(token).toBe('ba51ee3d7b1c42123fb771abc445d81930434f405f2f521adcc1022b35f57bf9');
  });

  it('never gives one token to two effects', () => {
    const parts = fc.record({
      key: fc.string({ maxLength: 6 }),
      kind: fc.string({ maxLength: 3 }),
      verb: fc.string({ maxLength: 3 }),
      generation: fc.nat(20),
    });
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        expect(tokenOf(a) === tokenOf(b)).toBe(same);
      }),
    );
    expect(tokenOf({ key: 'ab', kind: 'c', verb: 'd', generation: 1 })).not.toBe(
      tokenOf({ key: 'a', kind: 'bc', verb: 'd', generation: 1 }),
    );
  });
});

describe('keyTag', () => {
  it('is the key itself where the cloud takes it', () => {
    expect(keyTag('xgrade-42/attach')).toBe('xgrade-42/attach');
  });

  it('is a stable digest where the key is too long or has characters that the cloud refuses', () => {
    const long = 'x'.repeat(300);
    expect(keyTag(long)).toBe(keyTag(long));
    expect(keyTag(long)).toMatch(/^k-[0-9a-f]{64}$/);
    expect(keyTag('run/step', { maxLength: 60, allowed: /^[^/,]*$/ })).toMatch(/^k-[0-9a-f]{58}$/);
  });

  it('keeps a key that looks like a digest apart from the key that was digested', () => {
    const long = 'x'.repeat(300);
    expect(keyTag(keyTag(long))).not.toBe(keyTag(long));
  });

  it('refuses limits under which two keys could share a tag', () => {
    expect(() => keyTag('some-long-key-that-does-not-fit', { maxLength: 16 })).toThrow('cannot carry a key');
  });
});
