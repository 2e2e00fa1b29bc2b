// npm run policies -w @belay/aws: writes the two policies anew from the calls in the code.

import { writeFileSync } from 'node:fs';
import { policyFiles } from './derive.ts';

for (const [file, policy] of Object.entries(policyFiles())) {
  writeFileSync(file, `${JSON.stringify(policy, undefined, 2)}\n`);
  console.log(file);
}
