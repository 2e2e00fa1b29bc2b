import { err, ok, type Result } from 'neverthrow';
import { type Rejection, reject } from './rejection.ts';

/**
 * The parameters of a request of the Query protocol as a tree: `Filter.1.Value.2=x` is the text `x` under `Filter`,
 * `1`, `Value`, `2`. What they mean is for the action to say.
 */
export interface Given {
  readonly text?: string | undefined;
  readonly parts: ReadonlyMap<string, Given>;
}

interface Growing {
  text?: string | undefined;
  readonly parts: Map<string, Growing>;
}

/** Reads a form-encoded body. A parameter that is given twice is refused. */
export function readForm(body: string): Result<Given, Rejection> {
  const root: Growing = { parts: new Map() };
  for (const [path, text] of new URLSearchParams(body)) {
    const place = growTo(root, path);
    if (place.text !== undefined) {
      return err(reject('InvalidParameterCombination', `The parameter ${path} is given more than once.`));
    }
    place.text = text;
  }
  return ok(root);
}

function growTo(root: Growing, path: string): Growing {
  let place = root;
  for (const name of path.split('.')) {
    const part = place.parts.get(name) ?? { parts: new Map<string, Growing>() };
    place.parts.set(name, part);
    place = part;
  }
  return place;
}
