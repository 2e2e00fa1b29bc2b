/**
 * A random graph that is the same for everyone: drawn from a fixed seed, so that each subject, each run and each
 * machine gets the same edges.
 */

/** For each step, by its index, the indexes of the earlier steps that it needs: none to three, without repeats. */
export function randomNeeds(size: number, seed = 20_261_122): readonly (readonly number[])[] {
  const draw = generator(seed);
  return Array.from({ length: size }, (_, step) => {
    const wanted = Math.floor(draw() * (maxNeeds + 1));
    const nearest = Math.max(0, step - reach);
    const needs = new Set<number>();
    for (let i = 0; i < wanted && step > 0; i += 1)
      needs.add(nearest + Math.floor(draw() * (step - nearest)));
    return [...needs];
  });
}

const maxNeeds = 3;
/** How far back a step may reach: it keeps the graph deep, where reaching anywhere would make it shallow. */
const reach = 1_000;

/** A linear congruential generator modulo 2^32; its high bits are good enough to draw edges with. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
