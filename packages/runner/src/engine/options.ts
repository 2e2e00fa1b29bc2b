import type { RunOptions } from '../runner.ts';

/**
 * What is wrong with the options that a run is started with, as a sentence that names the field. The types say the
 * same, but not to those who write plain JavaScript.
 */
export function optionsProblem(options: Partial<RunOptions> | undefined): string | undefined {
  const id: unknown = options?.id;
  if (typeof id !== 'string' || id === '')
    return 'options.id: a run needs an id, which is a text that is not empty';
  const keys: unknown = options?.keys ?? [];
  const isWords = Array.isArray(keys) && keys.every((key) => typeof key === 'string' && key !== '');
  return isWords ? undefined : 'options.keys: the keys of a run are a list of texts that are not empty';
}
