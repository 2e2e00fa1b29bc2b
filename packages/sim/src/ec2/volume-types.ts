import { err, ok, type Result } from 'neverthrow';
import type { Refusal } from '../refusal.ts';
import type { VolumeBook } from './books.ts';

/** The kinds of volumes: how large and how fast each may be. Source: "Amazon EBS volume types" in the EBS user guide. */
interface VolumeType {
  readonly sizesGiB: readonly [number, number];
  /** The speed may be chosen in these bounds, and must be where there is no usual one. */
  readonly iops?: { readonly least: number; readonly most: number; readonly usual?: number };
  readonly throughputMiB?: { readonly least: number; readonly most: number; readonly usual: number };
  readonly multiAttach?: true;
}

export const volumeTypes: Readonly<Record<string, VolumeType>> = {
  gp2: { sizesGiB: [1, 16_384] },
  gp3: {
    sizesGiB: [1, 65_536],
    iops: { least: 3_000, most: 80_000, usual: 3_000 },
    throughputMiB: { least: 125, most: 2_000, usual: 125 },
  },
  io1: { sizesGiB: [4, 16_384], iops: { least: 100, most: 64_000 }, multiAttach: true },
  io2: { sizesGiB: [4, 65_536], iops: { least: 100, most: 256_000 }, multiAttach: true },
  st1: { sizesGiB: [125, 16_384] },
  sc1: { sizesGiB: [125, 16_384] },
  standard: { sizesGiB: [1, 1_024] },
};

/** What `CreateVolume` makes where nothing is said. */
export const usualVolumeType = 'gp2';

export interface AskedSpeed {
  readonly Iops: number | undefined;
  readonly Throughput: number | undefined;
}

/** What a volume of this type gets; a kind of disk that only this world has is taken as it is. */
export function speedOf(
  diskType: string,
  sizeGiB: number,
  { Iops: iops, Throughput: throughputMiB }: AskedSpeed,
): Result<VolumeBook, Refusal> {
  const type = volumeTypes[diskType];
  if (type === undefined) return ok({ iops, throughputMiB });
  const [least, most] = type.sizesGiB;
  if (sizeGiB < least || sizeGiB > most) {
    return bad(`Volume of ${sizeGiB}GiB is invalid. ${diskType} volumes have ${least} to ${most} GiB.`);
  }
  if (iops !== undefined && type.iops === undefined) return unfit('iops', diskType);
  if (throughputMiB !== undefined && type.throughputMiB === undefined) return unfit('throughput', diskType);
  if (type.iops !== undefined && type.iops.usual === undefined && iops === undefined) {
    return err({
      rule: 'bad-parameter',
      code: 'MissingParameter',
      message: `The request must contain the parameter iops for ${diskType} volumes.`,
    });
  }
  const chosen = {
    iops: iops ?? type.iops?.usual,
    throughputMiB: throughputMiB ?? type.throughputMiB?.usual,
  };
  if (isOutside(chosen.iops, type.iops))
    return bad(`Volume iops of ${chosen.iops} is out of bounds for ${diskType}.`);
  if (isOutside(chosen.throughputMiB, type.throughputMiB)) {
    return bad(`Volume throughput of ${chosen.throughputMiB} is out of bounds for ${diskType}.`);
  }
  return ok(chosen);
}

function isOutside(
  value: number | undefined,
  bounds: { readonly least: number; readonly most: number } | undefined,
): boolean {
  return value !== undefined && bounds !== undefined && (value < bounds.least || value > bounds.most);
}

function unfit(parameter: string, diskType: string): Result<never, Refusal> {
  return err({
    rule: 'bad-parameter',
    code: 'InvalidParameterCombination',
    message: `The parameter ${parameter} is not supported for ${diskType} volumes.`,
  });
}

function bad(message: string): Result<never, Refusal> {
  return err({ rule: 'bad-parameter', code: 'InvalidParameterValue', message });
}
