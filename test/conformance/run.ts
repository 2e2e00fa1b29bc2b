// npm run conformance: the cases of the Cloud port, put to every cloud that can be opened here, as one table.
//
//     npm run conformance                          # all clouds; writes docs/conformance.md
//     npm run --silent conformance -- --json       # one JSON object on stdout
//     npm run conformance -- --only sim-ec2        # may be given several times; the page is left as it is
//     npm run conformance -- --case 28 --case 33   # only these cases; nothing is written
//
// It ends with 1 where a case failed, where a cloud could not be opened, and where an adapter has passed a case
// nowhere that means something to it. What it does to the machine is said in test/aws/run.ts and test/openstack/run.ts.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cloudCases, runConformance } from '@belay/cloud/conformance';
import type { CloudUnderTest } from './cloud-under-test.ts';
import { clouds } from './clouds.ts';
import { gapsOf, jsonOf, type Outcome, problemsOf } from './outcome.ts';
import { page, textTable } from './table.ts';

const say = (line: string): void => console.error(line);
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    case: { type: 'string', multiple: true, default: [] },
  },
});
const unknown = values.only.filter((name) => !clouds.some((cloud) => cloud.name === name));
if (unknown.length > 0) {
  say(`There is no ${unknown.join(', ')}: the clouds are ${clouds.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}
const chosen = clouds.filter(({ name }) => values.only.length === 0 || values.only.includes(name));
const cases = cloudCases.filter(({ id }) => values.case.length === 0 || values.case.includes(id));
const isWhole = cases.length === cloudCases.length;

const lanes = Map.groupBy(chosen, ({ lane }) => lane);
const done = await Promise.all(
  [...lanes.values()].map(async (lane) => {
    const outcomes: Outcome[] = [];
    for (const cloud of lane) outcomes.push(await put(cloud));
    return outcomes;
  }),
);
const outcomes = chosen.flatMap((cloud) => done.flat().filter((outcome) => outcome.cloud === cloud));

const gaps = isWhole ? gapsOf(outcomes, clouds) : [];
const problems = problemsOf(outcomes, gaps);
console.log(values.json ? JSON.stringify(jsonOf(outcomes), undefined, 2) : textTable(outcomes));
if (isWhole && chosen.length === clouds.length) {
  writeFileSync(join(import.meta.dirname, '..', '..', 'docs', 'conformance.md'), page(outcomes, gaps));
  say('docs/conformance.md is written');
}
for (const { adapter, id, why } of gaps.filter(({ byTrait }) => byTrait)) {
  say(`${adapter} has no case ${id} anywhere, which is what it is: ${why}`);
}
for (const problem of problems) say(`FAILED ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;

async function put(cloud: CloudUnderTest): Promise<Outcome> {
  const beganMs = Date.now();
  const tell = (line: string): void => say(`${cloud.name}: ${line}`);
  tell(cloud.what);
  try {
    const { subject, close } = await cloud.open({ runName: `run${beganMs}`, say: tell });
    try {
      const report = await runConformance(cases, subject, {
        onResult({ id, title, verdict, detail = '' }) {
          const seconds = ((Date.now() - beganMs) / 1_000).toFixed(0);
          if (verdict !== 'passed') tell(`${seconds} s, case ${id} ${verdict}: ${title}: ${detail}`);
        },
      });
      tell(`${report.summary}, ${Math.round((Date.now() - beganMs) / 1_000)} s`);
      return { cloud, report };
    } finally {
      await close();
    }
  } catch (thrown) {
    const trouble = thrown instanceof Error ? thrown.message : String(thrown);
    return { cloud, report: undefined, trouble };
  }
}
