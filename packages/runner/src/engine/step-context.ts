import type { StepWork } from './step-work.ts';

/**
 * What a step's functions are handed beside their needs. All of it is the object's own, so that users can spread it
 * into the options of what they call. One is made for each call, so it is one plain literal: an accessor in it would
 * cost more than all the rest.
 */
export function contextOf(work: StepWork, attempt: number, signal: AbortSignal): object {
  const { live, path } = work;
  const key = live.keyPrefix + path;
  return {
    services: live.parts.services,
    key,
    // No step has an empty name, so no step's own key looks like this.
    keyFor: (part: string) => `${key}//${part}`,
    signal,
    stillOurs: live.claim.stillOurs,
    attempt,
    fence: live.fence,
    runId: live.runId,
    step: path,
    progress: (fraction: number, note?: string) => work.progress(fraction, note),
    saveUndo: (undo: unknown) => work.saveUndo(undo),
    undo: live.record.undoOf(work.node),
  };
}

/** What the keys of a run begin with. What divides keys is written otherwise in its id, so that no two keys meet. */
export function keyPrefixOf(runId: string): string {
  const plain = /[/#%]/.test(runId) ? runId.replace(/[/#%]/g, encodeURIComponent) : runId;
  return `${plain}/`;
}
