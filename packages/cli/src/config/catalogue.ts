/** Products: in the config itself, or in a JSON file. The planner checks what is in them. */

import type { ProductCatalogue } from '@belay/planner';
import * as v from 'valibot';
import { text } from './field.ts';

/** The path of a JSON file, or `{ products: { … } }`. */
export type CatalogueSection = string | ProductCatalogue;

export const catalogueSchema: v.GenericSchema<unknown, string | { readonly products: unknown }> = v.union(
  [text, v.looseObject({ products: v.record(v.string(), v.unknown()) })],
  'must be the path of a JSON file, or an object with products',
);
