/** Where a secret lies: the config names the place and never holds the value. */

import * as v from 'valibot';
import { text } from './field.ts';

/** A variable of the environment, a file whose whole text it is, or the name of an entry of `secrets`. */
export type SecretPlace = { readonly env: string } | { readonly file: string } | { readonly secret: string };

export const secretPlaceSchema: v.GenericSchema<unknown, SecretPlace> = v.union(
  [v.strictObject({ env: text }), v.strictObject({ file: text }), v.strictObject({ secret: text })],
  'must be { "env": NAME }, { "file": PATH } or { "secret": NAME }: a secret itself is not written here',
);
