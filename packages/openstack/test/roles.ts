// The tables of the README, made of the table of calls: what is written there is what the code does.

import type { ChangeVerb } from '@belay/cloud';
import { type ApiCall, type CallName, callOf, calls, type ServiceName } from '../src/calls.ts';
import { callsOf } from '../src/permissions.ts';

const titles: Readonly<Record<ServiceName, string>> = {
  compute: 'nova',
  volume: 'cinder',
  network: 'neutron',
  image: 'glance',
  dns: 'designate',
};

/** The rules of all calls, or of those that change nothing, a service a line. */
export function rulesText(which: 'observe-and-plan' | 'apply'): string {
  const all = callNames()
    .map(callOf)
    .filter(({ changes }) => which === 'apply' || !changes);
  return (Object.keys(titles) as readonly ServiceName[])
    .map((service) => {
      const rules = all.filter((call) => call.service === service).flatMap(({ rules: some }) => some);
      return `${titles[service]}:\n${[...new Set(rules)]
        .sort()
        .map((rule) => `  ${rule}`)
        .join('\n')}`;
    })
    .join('\n');
}

/** What each verb changes by; the reads around it are left out. */
export function verbsTable(): readonly (readonly [ChangeVerb, string])[] {
  return (Object.keys(callsOf) as readonly ChangeVerb[])
    .map((verb): readonly [ChangeVerb, string] => {
      const changing = callsOf[verb].map(callOf).filter(({ changes }) => changes);
      return [verb, [...new Set(changing.map(lineOf))].join(', ')];
    })
    .filter(([, line]) => line !== '');
}

export function callNames(): readonly CallName[] {
  return Object.keys(calls) as readonly CallName[];
}

function lineOf({ method, path }: ApiCall): string {
  return `\`${method} ${path}\``;
}
