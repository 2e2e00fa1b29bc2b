/** The breaker for people: open or closed, why, and what a person does about it. Pure. */

import type { Breaker } from '@belay/scanner';
import { type Page, writerOn } from './labelled.ts';

/** How it stands, in one scope. */
export function breakerLines(scope: string, breaker: Breaker, page: Page): readonly string[] {
  const on = writerOn(page);
  if (breaker.state === 'closed') return on.lead('green', 'Closed', `: ${scope}. Plans may be swept.`);
  return [
    ...on.lead('red', 'Open', `: ${scope}, since ${breaker.since}. Nothing is swept or deleted; undo works.`),
    ...breaker.doubts.flatMap(({ rule, message }, i) => [
      ...on.entry(i === 0 ? 'Because' : '', message),
      ...on.entry('', `(${rule})`),
    ]),
    ...on.entry('What to do', 'Find out why and mend it. Then, by name:'),
    ...on.block('', [`belay breaker close ${scope} --reason TEXT`]),
    ...on.entry(
      '',
      'With --begin-anew the next scan only records: say so where what there is now is right, and the counts of before are not.',
    ),
  ];
}
