// Looks for planted secrets in everything that a run leaves behind: values, with all that `JSON.stringify` and
// `util.inspect` show of them and of their causes, and the bytes of files. A secret counts as found in any of the forms
// in which it travels: plain, escaped, percent-encoded, in base64.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';

/** What was planted, by a name that may be shown. */
export type Planted = Readonly<Record<string, string>>;

/** One sentence for each secret that shows; never the secret. `where` says what was looked at. */
export function leaksIn(where: string, seen: unknown, planted: Planted): readonly string[] {
  return found(where, faces(seen), planted);
}

/** The same for every file under this folder, whatever is in it. */
export function leaksInFolder(folder: string, planted: Planted): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => {
      const path = join(entry.parentPath, entry.name);
      // One character for each byte, so that what is no text is searched too.
      return found(`the file ${entry.name}`, [readFileSync(path, 'latin1')], planted);
    });
}

function found(where: string, texts: readonly string[], planted: Planted): readonly string[] {
  return Object.entries(planted)
    .filter(([, secret]) => forms(secret).some((form) => texts.some((text) => text.includes(form))))
    .map(([name]) => `${where} shows the ${name}.`);
}

/** Shorter ones would be found everywhere. */
const shortest = 8;

function forms(secret: string): readonly string[] {
  if (secret.length < shortest) throw new Error('A planted secret is too short to be looked for.');
  const base64 = Buffer.from(secret).toString('base64');
  const encoded = encodeURIComponent(secret);
  return [
    secret,
    encoded,
    encodeURIComponent(encoded),
    JSON.stringify(secret).slice(1, -1),
    base64.replace(/=+$/, ''),
    Buffer.from(secret).toString('latin1'),
  ];
}

/** All that can be seen of a value: its text, its JSON, what a debugger prints, and the same of what caused it. */
function faces(seen: unknown, depth = 0): readonly string[] {
  if (typeof seen === 'string') return [seen];
  const shown = inspect(seen, { depth: null, showHidden: true, maxArrayLength: null, maxStringLength: null });
  const causes =
    seen instanceof Error && depth < 10
      ? [seen.message, seen.stack ?? '', ...faces(seen.cause, depth + 1)]
      : [];
  return [shown, jsonOf(seen), ...causes];
}

function jsonOf(seen: unknown): string {
  const above: unknown[] = [];
  return (
    JSON.stringify(seen, function (this: unknown, _, value: unknown) {
      if (typeof value === 'bigint') return String(value);
      if (typeof value !== 'object' || value === null) return value;
      while (above.length > 0 && above.at(-1) !== this) above.pop();
      if (above.includes(value)) return '[circular]';
      above.push(value);
      return value instanceof Error ? { ...value, message: value.message, cause: value.cause } : value;
    }) ?? ''
  );
}
