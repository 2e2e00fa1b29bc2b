import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { leaksIn, leaksInFolder } from './leak.ts';

const secret = 'p1ant/ed+sec ret"';
const planted = { 'secret key': secret };

describe('the search for planted secrets', () => {
  it.each<[string, unknown]>([
    ['a text', `signed with ${secret} today`],
    ['a value deep down', { a: [{ b: { c: { d: { e: secret } } } }] }],
    ['a percent-encoded text', `?key=${encodeURIComponent(secret)}`],
    ['a text in base64', Buffer.from(secret).toString('base64')],
    ['the message of an error', new Error(`refused: ${secret}`)],
    ['the cause of a cause', new Error('a', { cause: new Error('b', { cause: { note: secret } }) })],
    ['a property that is not listed', Object.defineProperty({}, 'hidden', { value: secret })],
    ['a map', new Map([['key', secret]])],
  ])('finds one in %s', (_, seen) => {
    expect(leaksIn('it', seen, planted)).toEqual(['it shows the secret key.']);
  });

  it('finds one in a file that is no text, and names the file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'belay-leak-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'a.db'), Buffer.concat([Buffer.from([0, 255, 254]), Buffer.from(secret)]));
    expect(leaksInFolder(folder, planted)).toEqual(['the file a.db shows the secret key.']);
  });

  it('finds none where there is none, also in what contains itself', () => {
    const round: Record<string, unknown> = { note: 'nothing here' };
    round['self'] = round;
    expect(leaksIn('it', round, planted)).toEqual([]);
  });

  it('never shows the secret itself', () => {
    expect(leaksIn('it', secret, planted).join()).not.toContain('p1ant');
  });
});
