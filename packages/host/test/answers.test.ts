// What comes back from a server, and what it means; and what of it must never be taken for something else.

import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { addressesIn } from '../src/addresses.ts';
import { sqliteWord } from '../src/databases.ts';
import { holdersIn } from '../src/holders.ts';
import { readGreeting, whyNot } from '../src/line.ts';
import { readChanges, readDatabases, readDirtyBytes, readOs, readWrites } from '../src/probe-facts.ts';
import { wordsIn } from '../src/relay.ts';
import { askAll, readSections } from '../src/sections.ts';
import { readMarks } from '../src/wrapping.ts';

describe('a script of several questions', () => {
  test('gives each answer with its code, and none can pretend to be another', () => {
    const script = askAll([
      { name: 'first', script: 'echo one; echo " two"' },
      { name: 'liar', script: 'printf "@end liar 0\\n@begin other\\nmade up\\n"; exit 3' },
      { name: 'words', script: 'printf "%s\\n" "$@"' },
      { name: 'empty', script: 'true' },
    ]);
    const output = execFileSync('sh', ['-c', script, 'belay', 'a b', '$(c)']).toString();
    expect([...readSections(output)]).toEqual([
      ['first', { code: 0, text: 'one\n two' }],
      ['liar', { code: 3, text: '@end liar 0\n@begin other\nmade up' }],
      ['words', { code: 0, text: 'a b\n$(c)' }],
      ['empty', { code: 0, text: '' }],
    ]);
  });

  test('whose end is missing has no answer', () => {
    expect(readSections('@begin first\n one\n').size).toBe(0);
  });
});

describe('a command', () => {
  test('has ended only where it says so, whatever it wrote before', () => {
    const whole = readMarks('belay-start 77\nsome words\nbelay-end 3\n');
    expect(whole).toEqual({ group: 77, code: 3, rest: 'some words' });
    expect(readMarks('belay-start 77\nsome words').code).toBeUndefined();
    expect(readMarks('belay-start 77\nx\nbelay-end 0\n and more').code).toBeUndefined();
  });
});

describe('a server', () => {
  const server = { address: 'web12.example', hostKeys: [] };

  test('is known by a greeting of its whole form only', () => {
    const bootId = '795629a1-b790-4e86-8429-3183557b904f';
    expect(readGreeting(`belay 1 ${bootId} web12`)).toEqual({ bootId, hostname: 'web12' });
    expect(readGreeting('Welcome to web12')).toBeUndefined();
    expect(readGreeting(undefined)).toBeUndefined();
  });

  test('that refuses, or is another, or is not there, is told apart', () => {
    const kinds = [
      'Host key verification failed.',
      'root@web12.example: Permission denied (publickey).',
      'ssh: connect to host web12.example port 22: Connection refused',
    ].map((said) => whyNot(server, said).kind);
    expect(kinds).toEqual(['forbidden', 'forbidden', 'unreachable']);
    expect(whyNot(server, '', 'Welcome').message).toContain('Welcome');
    // Waiting for it would be of no use, unlike with a server that lets nobody in while it boots.
    const refused = whyNot(server, 'sudo: a password is required\n');
    expect(refused.kind).toBe('forbidden');
    expect(refused.message).not.toContain('does not let');
  });
});

test('open files are known with who has them open, and a deleted one too', () => {
  const text = `point /data
open\t/proc/42/fd/7\t700\t/data/db/orders
open\t/proc/42/fd/8\t500\t/data/old (deleted)
open\t/proc/43/cwd\t777\t/data
process 42 mysqld
group 42 /system.slice/mariadb.service
process 43 bash
group 43 /user.slice/user-0.slice/session-3.scope`;
  expect(holdersIn(text)).toEqual([
    {
      mountPoint: '/data',
      path: '/data/db/orders',
      processId: 42,
      command: 'mysqld',
      service: 'mariadb',
      forWrite: true,
    },
    {
      mountPoint: '/data',
      path: '/data/old',
      processId: 42,
      command: 'mysqld',
      service: 'mariadb',
      forWrite: false,
      deleted: true,
    },
    { mountPoint: '/data', path: '/data', processId: 43, command: 'bash', forWrite: false },
  ]);
});

describe('facts of a probe', () => {
  const mount = {
    mountPoint: '/data',
    device: 'vdb',
    filesystemUuid: 'u',
    filesystemType: 'ext4',
  };

  test('the system, and what waits to be written', () => {
    expect(readOs('NAME="Debian"\nVERSION_ID="12"\nID=debian\n')).toEqual({ id: 'debian', versionId: '12' });
    expect(readDirtyBytes('Dirty:            120 kB\nWriteback:         8 kB')).toBe(131_072);
    expect(readDirtyBytes('Dirty: unknown')).toBeUndefined();
  });

  test('writes are what a disk has written between two looks', () => {
    const look = (uptime: string, sectors: number) => `${uptime}\n 252 16 vdb 1 2 3 4 5 6 ${sectors} 8 9`;
    expect(readWrites(`${look('100.00', 1_000)}\nthen\n${look('110.00', 21_000)}`, [mount])).toEqual([
      { mountPoint: '/data', bytesPerSecond: 1_024_000, overMs: 10_000 },
    ]);
    expect(readWrites(look('100.00', 1_000), [mount])).toBeUndefined();
  });

  test('changes are counted, the largest named', () => {
    const text = 'point /data\n10.00\ntotal 3 700\nfile 400 /data/a b\nfile 200 /data/c\n12.50';
    expect(readChanges(text, 60_000)).toEqual([
      {
        mountPoint: '/data',
        withinMs: 60_000,
        files: 3,
        bytes: 700,
        largest: [
          { path: '/data/a b', bytes: 400 },
          { path: '/data/c', bytes: 200 },
        ],
        scanMs: 2_500,
      },
    ]);
    expect(readChanges('point /data\n10.00\n12.50', 60_000)).toBeUndefined();
  });

  test('a database is known with its version and its service', () => {
    const text =
      'point /data\npostgres\t15\t/data/pg\nsqlite\t8192\t/data/shop.db\nsqlite\t8192\t/data/shop.db';
    const open = [
      {
        mountPoint: '/data',
        path: '/data/pg/base/1',
        processId: 1,
        command: 'postgres',
        service: 'pg',
        forWrite: true,
      },
    ];
    expect(readDatabases(text, 'sqlite 3.40.1 2022-12-28', open)).toEqual([
      {
        kind: 'postgres',
        path: '/data/pg',
        mountPoint: '/data',
        version: '15',
        service: 'pg',
        openForWrite: true,
      },
      {
        kind: 'sqlite',
        path: '/data/shop.db',
        mountPoint: '/data',
        bytes: 8_192,
        version: '3.40.1',
        openForWrite: false,
      },
    ]);
  });
});

test('addresses are those of ip, without the loopback', () => {
  const text = JSON.stringify([
    { ifname: 'lo', flags: ['LOOPBACK'], addr_info: [{ local: '127.0.0.1', prefixlen: 8 }] },
    { ifname: 'eth0', flags: ['UP'], addr_info: [{ local: '2001:db8::7', prefixlen: 64, tentative: true }] },
  ]);
  expect(addressesIn(text)).toEqual([
    { address: '2001:db8::7', prefixLength: 64, device: 'eth0', isTentative: true },
  ]);
  expect(addressesIn('ip: command not found')).toBeUndefined();
});

test('the words that rsync asks for are read when they are all there, and what follows is kept', () => {
  const whole = Buffer.from('belay-words 2\nrsync\0--server\0\x01\x02');
  expect(wordsIn(whole)).toEqual({ words: ['rsync', '--server'], rest: Buffer.from([1, 2]) });
  for (let length = 0; length < whole.length - 2; length += 1) {
    expect(wordsIn(whole.subarray(0, length))).toBeUndefined();
  }
});

test('a path is one word of a dot command of sqlite3, whatever is in it', () => {
  expect(sqliteWord('/data/it\'s "ü".db')).toBe('"/data/it\\047s\\040\\042\\303\\274\\042.db"');
});
