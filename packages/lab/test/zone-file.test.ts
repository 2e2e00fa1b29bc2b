import type { DnsRecord } from '@belay/cloud';
import { expect, test } from 'vitest';
import { lineOf, parseAnswer, problemOf } from '../src/zone-file.ts';

const shop: DnsRecord = {
  name: 'shop.lab.example.',
  type: 'A',
  values: ['192.0.2.1', '192.0.2.2'],
  ttlSeconds: 300,
};

test('every value of a record set is served with the time to live that was asked for', () => {
  expect(lineOf(shop)).toEqual([
    'host-record=shop.lab.example,192.0.2.1,300',
    'host-record=shop.lab.example,192.0.2.2,300',
  ]);
});

test('an answer is read as the record set that was put, and never as one of another name or type', () => {
  const text = [
    ';; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 33473',
    'shop.lab.example.\t300\tIN\tA\t192.0.2.1',
    'shop.lab.example.\t300\tIN\tA\t192.0.2.2',
    'ashop.lab.example.\t30\tIN\tA\t192.0.2.3',
  ].join('\n');
  expect(parseAnswer(text, shop.name, 'A')).toEqual(shop);
  expect(parseAnswer(text, shop.name, 'AAAA')).toBeUndefined();
  expect(parseAnswer(';; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN', shop.name, 'A')).toBeUndefined();
});

test('a server that does not answer proves nothing about a name', () => {
  expect(parseAnswer(';; communications error: connection refused', shop.name, 'A')).toBe('no-answer');
  expect(parseAnswer(';; ->>HEADER<<- status: SERVFAIL', shop.name, 'A')).toBe('no-answer');
});

test('a record that dnsmasq could not serve as it stands is refused, and so is one that would write a second line', () => {
  const wrong: readonly DnsRecord[] = [
    { ...shop, name: 'shop.other.example.' },
    { ...shop, values: [] },
    { ...shop, values: ['192.0.2.1\naddress=/#/192.0.2.9'] },
    { ...shop, name: 'a,b.lab.example.' },
    { name: 't.lab.example.', type: 'TXT', values: ['x"y'], ttlSeconds: 60 },
    { name: 't.lab.example.', type: 'TXT', values: ['x'], ttlSeconds: 61 },
    { name: 'c.lab.example.', type: 'CNAME', values: ['a.lab.example.', 'b.lab.example.'], ttlSeconds: 60 },
  ];
  expect(wrong.map((record) => problemOf(record, 'lab.example.')).every((why) => why !== undefined)).toBe(
    true,
  );
  expect(problemOf(shop, 'lab.example.')).toBeUndefined();
  const reverse: DnsRecord = {
    name: '1.2.0.192.in-addr.arpa.',
    type: 'PTR',
    values: [shop.name],
    ttlSeconds: 60,
  };
  expect(problemOf(reverse, 'lab.example.')).toBeUndefined();
});
