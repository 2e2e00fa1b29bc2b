/**
 * Reads what a service sent. Nothing is believed of it: a field that is missing or of another type is `undefined`, so
 * that a cloud of another release, or one that lies, leads to an unknown state and never to a crash.
 */
export type Wire = Readonly<Record<string, unknown>>;

/** The value as an object; an empty one where it is none. */
export function wireOf(value: unknown): Wire {
  return isWire(value) ? value : {};
}

/** A text that is not empty. */
export function textAt(wire: Wire, name: string): string | undefined {
  const value = wire[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function numberAt(wire: Wire, name: string): number | undefined {
  const value = wire[name];
  return typeof value === 'number' ? value : undefined;
}

export function flagAt(wire: Wire, name: string): boolean | undefined {
  const value = wire[name];
  return typeof value === 'boolean' ? value : undefined;
}

export function objectAt(wire: Wire, name: string): Wire {
  return wireOf(wire[name]);
}

/** The objects of a list. */
export function listAt(wire: Wire, name: string): readonly Wire[] {
  const value = wire[name];
  return Array.isArray(value) ? value.filter(isWire) : [];
}

/** The texts of a list. */
export function textsAt(wire: Wire, name: string): readonly string[] {
  const value = wire[name];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** A table of texts, such as metadata. */
export function tableAt(wire: Wire, name: string): Readonly<Record<string, string>> {
  const entries = Object.entries(objectAt(wire, name));
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** OpenStack's times are UTC, with or without saying so: `2026-01-31T10:00:00Z`, `2026-01-31T10:00:00.000000`. */
export function timeAt(wire: Wire, name: string): string | undefined {
  const text = textAt(wire, name);
  if (text === undefined) return undefined;
  const time = new Date(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

function isWire(value: unknown): value is Wire {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
