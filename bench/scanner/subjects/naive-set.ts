/**
 * What one writes on the first day: all needed keys in a Set, and a walk over what is stored. One direction only.
 */

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { answer } from './task.ts';

const [stored = '', needed = ''] = process.argv.slice(2);
const wanted = new Set<string>();
for await (const key of createInterface({ input: createReadStream(needed) })) wanted.add(key);
let orphans = 0;
for await (const key of createInterface({ input: createReadStream(stored) }))
  if (!wanted.has(key)) orphans += 1;
answer({ orphans });
