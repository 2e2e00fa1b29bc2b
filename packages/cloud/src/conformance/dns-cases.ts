import type { DnsRecord } from '../dns-record.ts';
import { type ConformanceCase, conformanceCase } from './case.ts';
import { check } from './check.ts';

/** A name leads where it was told to, and is only changed from what it is known to be. */
export const dnsCases: readonly ConformanceCase[] = [
  conformanceCase(
    {
      id: '57',
      group: 'floating-ip',
      title:
        'a record is put, put again, put back with its old values and TTL, and never over another change',
      traits: ['dns'],
    },
    async (bench) => {
      const { dns } = bench.cloud;
      const run = bench.subject.runName.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
      const name = `case-57-${run}.${bench.subject.dnsZone ?? ''}`;
      const record = (ttlSeconds: number, ...values: readonly string[]): DnsRecord => ({
        name,
        type: 'A',
        values,
        ttlSeconds,
      });
      const before = record(300, '192.0.2.1', '192.0.2.2');
      const after = record(60, '198.51.100.7');
      const strange = record(30, '203.0.113.9');
      const read = async (): Promise<DnsRecord | undefined> => bench.must(dns.get(name, 'A'));
      bench.atLast(async () => {
        const left = await read();
        if (left !== undefined) {
          await bench.must(dns.change({ from: left, to: undefined }, bench.call('clear')));
        }
      });
      check((await read()) === undefined, 'The name is there already.');
      const ways = [
        { from: undefined, to: before },
        { from: undefined, to: before },
        { from: before, to: after },
        { from: before, to: after },
        { from: after, to: before },
      ];
      for (const [i, way] of ways.entries()) {
        const changed = await bench.must(dns.change(way, bench.call(`change${i}`)));
        check(same(changed, way.to), `After change ${i + 1} it is ${told(changed)}.`);
        const now = await read();
        check(same(now, way.to), `Read back after change ${i + 1} it is ${told(now)}.`);
      }
      const elsewhere = await bench.must(dns.get(`a${name}`, 'A'));
      check(elsewhere === undefined, `A name that is not there is ${told(elsewhere)}.`);
      const otherType = await bench.must(dns.get(name, 'AAAA'));
      check(otherType === undefined, `Asked for another type, it gives ${told(otherType)}.`);
      for (const from of [after, undefined]) {
        const blind = dns.change({ from, to: strange }, bench.call(`from-${from?.ttlSeconds ?? 'nothing'}`));
        await bench.mustFail(blind, 'busy');
        const now = await read();
        check(same(now, before), `A change from what it is not made it ${told(now)}.`);
      }
      await bench.mustFail(dns.change({ from: strange, to: undefined }, bench.call('blind')), 'busy');
      check(same(await read(), before), 'It was deleted although it was another one.');
      for (const part of ['delete', 'delete-again']) {
        await bench.must(dns.change({ from: before, to: undefined }, bench.call(part)));
        check((await read()) === undefined, `After ${part} the name is still there.`);
      }
    },
  ),
];

/** The order of the values is nobody's promise. */
function same(a: DnsRecord | undefined, b: DnsRecord | undefined): boolean {
  return told(a) === told(b);
}

function told(record: DnsRecord | undefined): string {
  if (record === undefined) return 'not there';
  const { name, type, values, ttlSeconds } = record;
  return `${name} ${type} ${[...values].sort().join(' ')} for ${ttlSeconds} s`;
}
