/** All that a plan rests on, for whoever wants to know: facts with source and age, findings, guards, steps. */

import { factNames } from '../facts.ts';
import type { Plan } from '../plan.ts';
import { type Row, span } from './layout.ts';

/** Rows that follow the screen when everything is asked for. */
export function evidenceRows(plan: Plan): readonly Row[] {
  return [...facts(plan), ...findings(plan), ...figures(plan), ...guards(plan), ...steps(plan)];
}

function facts({ facts: all, createdAt }: Plan): readonly Row[] {
  return factNames.map((name, i) => {
    const fact = all[name];
    const age = (Date.parse(createdAt) - Date.parse(fact.at)) / 1000;
    const what = fact.known ? 'known' : `unknown (${fact.why})`;
    const when = Number.isFinite(age) ? `${span(Math.abs(age))} ${age < 0 ? 'ahead' : 'old'}` : fact.at;
    return { label: i === 0 ? 'Facts' : '', text: `${name}: ${what}, ${when}, ${fact.source}` };
  });
}

function findings({ candidates }: Plan): readonly Row[] {
  return candidates.map(({ title, findings: all }) => ({
    label: title,
    text: all.map(({ name, verdict, evidence }) => `${name} ${verdict} (${evidence})`).join(' · '),
  }));
}

function figures({ downtime }: Plan): readonly Row[] {
  return (downtime?.phases ?? []).map(
    ({ name, bestSeconds, likelySeconds, worstSeconds, from, note }, i) => ({
      label: i === 0 ? 'Figures' : '',
      text: `${name}: ${span(bestSeconds)} / ${span(likelySeconds)} / ${span(worstSeconds)}, ${from}: ${note}`,
    }),
  );
}

function guards({ guards: asked, guardsToCome }: Plan): readonly Row[] {
  return [
    ...asked.map(({ id, name, decision, evidence, accident }, i) => ({
      label: i === 0 ? 'Guards' : '',
      text: `${decision} ${id} ${name}: ${evidence} [${accident}]`,
    })),
    ...guardsToCome.map(({ id, name, phase, sentence }, i) => ({
      label: i === 0 ? 'To come' : '',
      text: `${phase}: ${id} ${name}: ${sentence}`,
    })),
  ];
}

function steps({ steps: all }: Plan): readonly Row[] {
  return all.map(({ step, serving, undo, estimateSeconds, back, guards: asked = [] }, i) => {
    const likely = estimateSeconds === undefined ? '' : `, likely ${span(estimateSeconds[1])}`;
    const home =
      back?.estimateSeconds === undefined
        ? ''
        : `, back in ${span(back.estimateSeconds[1])}${back.isLossy ? ' with loss' : ''}`;
    const gate = asked.length === 0 ? '' : `, asks ${asked.join(', ')}`;
    const text = `${step}: ${serving} serves, ${undo}${likely}${home}${gate}`;
    return { label: i === 0 ? 'Steps' : '', text };
  });
}
