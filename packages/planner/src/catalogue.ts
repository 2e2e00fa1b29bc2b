/**
 * Products: what a workload is sold as, and where and how big that is. From code or from a file, checked whole; what is
 * wrong is named by its field. A product is a placement with a name: two products of one placement differ in nothing
 * but the name, and a workload changes from one to the other without anything being touched.
 */

import type { ImageId, IsoTime, Place, Tags } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import type { DescriptionError } from './description.ts';
import type { Carried, Target } from './target.ts';

/** One product. */
export interface Product {
  readonly at: Place;
  /** Best first. */
  readonly zones: readonly string[];
  readonly instanceType: string;
  readonly imageId: ImageId;
  /** Of the data disk. */
  readonly diskType: string;
  readonly sizeGiB: number;
  /** `retired`: workloads may still have it, and none is moved to it. `current` where absent. */
  readonly lifecycle?: 'current' | 'retired' | undefined;
  /** Nobody is moved to it after this. */
  readonly endsAt?: IsoTime | undefined;
  readonly networkId?: string | undefined;
  readonly securityGroups?: readonly string[] | undefined;
  readonly keyName?: string | undefined;
  readonly userData?: string | undefined;
  readonly rootSizeGiB?: number | undefined;
  readonly tags?: Tags | undefined;
  readonly carries?: Carried | undefined;
}

/** Products by name. */
export interface ProductCatalogue {
  readonly products: Readonly<Record<string, Product>>;
}

/** Where a workload shall live that becomes this product. `name`: of the new server, if there will be one. */
export function targetOfProduct(
  { products }: ProductCatalogue,
  product: string,
  { name, now }: { readonly name: string; readonly now: IsoTime },
): Result<Target, DescriptionError> {
  const found = Object.hasOwn(products, product) ? products[product] : undefined;
  const field = `catalogue.products.${product}`;
  if (found === undefined) {
    const known = Object.keys(products).join(', ') || 'none';
    return err({ kind: 'invalid', field, message: `${field} is not there; the products are ${known}` });
  }
  const { lifecycle, endsAt, ...placement } = found;
  if (lifecycle === 'retired') {
    return err({
      kind: 'invalid',
      field: `${field}.lifecycle`,
      message: `${product} is retired: nobody is moved to it`,
    });
  }
  if (endsAt !== undefined && !(Date.parse(now) < Date.parse(endsAt))) {
    return err({ kind: 'invalid', field: `${field}.endsAt`, message: `${product} ended at ${endsAt}` });
  }
  return ok({ product, name, ...placement });
}

/** Have the two the same placement, so that only the name of the product changes? */
export function samePlacement(a: Product, b: Product): boolean {
  return placementOf(a) === placementOf(b);
}

function placementOf({ at, zones, instanceType, imageId, diskType, sizeGiB }: Product): string {
  const place = [at.provider, at.account, at.region];
  return JSON.stringify([place, [...zones].sort(), instanceType, imageId, diskType, sizeGiB]);
}
