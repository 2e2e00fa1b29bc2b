/** Quantities for people: items, bytes, shares and times, always with their unit. Pure. */

/** `1,043,220`. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

/** `1 item`, `12 items`. */
export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** `512 B`, `52.0 MiB`. */
export function inBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${step === 0 ? bytes : (bytes / 1024 ** step).toFixed(1)} ${units[step]}`;
}

/** `12 %`; a share that is above zero is never called 0, and one below the whole never 100. */
export function inPercent(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 1) return 'under 1 %';
  if (percent > 99 && percent < 100) return '99 %';
  return Number.isFinite(percent) ? `${Math.round(percent)} %` : 'no bound';
}

/** `14 days`, `3 hours`, `20 minutes`, `5 s`: the largest unit that is reached. */
export function inTime(ms: number): string {
  const units = [
    [86_400_000, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
  ] as const;
  const [size, unit] = units.find(([least]) => ms >= least) ?? [1_000, 's'];
  const count = Number((ms / size).toFixed(1));
  return unit === 's' ? `${count} s` : counted(count, unit);
}

/** The beginning of a digest, by which people name it. */
export function short(digest: string): string {
  return digest.slice(0, 12);
}
