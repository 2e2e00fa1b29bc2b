import type { Secret } from './secret.ts';

/**
 * Takes secrets out of what is about to be logged, journaled or shown. It knows two kinds: the secrets that it was
 * told of, found anywhere in a text (plain, percent-encoded or in base64), and whatever stands under a name that
 * sounds like a secret. It is the second line of defence: the first is that secrets are never inputs or outputs.
 */
export interface Redactor {
  /** The text, with `[redacted]` in the place of every secret. */
  text(text: string): string;
  /**
   * A copy of a JSON-like value with its secrets replaced, in names and in values. What is not JSON-like becomes its
   * text; a value that contains itself is cut at `[circular]`.
   */
  value(value: unknown): unknown;
}

/**
 * A redactor that knows these secrets. Values of fewer than four characters are left out: they would be found in
 * every second word.
 */
export function redactor(secrets: readonly Secret[] = []): Redactor {
  // Longest first: where one secret begins like another, the tail of the longer must not stay behind.
  const known = [...new Set(secrets.flatMap(formsOf))].sort((a, b) => b.length - a.length);
  const text = (plain: string): string => withoutPatterns(withoutKnown(plain, known));
  return { text, value: (value) => copy(value, text, new Set()) };
}

const mask = '[redacted]';
const shortest = 4;

function formsOf(secret: Secret): readonly string[] {
  const value = secret.reveal();
  if (value.length < shortest) return [];
  const base64 = Buffer.from(value).toString('base64');
  return [
    value,
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    base64,
    base64.replace(/=+$/, ''),
  ];
}

function withoutKnown(text: string, known: readonly string[]): string {
  return known.reduce((rest, form) => rest.replaceAll(form, mask), text);
}

/** Names whose value is a secret, whoever set it: `dbPassword`, `api_key`, `Authorization`, `clientSecret`. */
const secretName =
  /pass(?:word|wd|phrase)|secret|token|credential|authori[sz]ation|cookie|(?:api|access|private|encryption|session)[-_ ]?key|^pwd$/i;

const patterns: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN ([A-Z ]*)PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, mask],
  // user:password@ in an address
  [/([a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@]{1,200}:)[^\s/@]{1,500}@/gi, `$1${mask}@`],
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${mask}`],
  // name=value and "name": "value"
  [
    /((?:pass(?:word|wd|phrase)|secret|token|(?:api|access|private)[-_]?key)[\w-]{0,40}["']?\s?[=:]\s?)("[^"]*"|'[^']*'|[^\s,;&"']+)/gi,
    `$1${mask}`,
  ],
];

function withoutPatterns(text: string): string {
  return patterns.reduce((rest, [pattern, instead]) => rest.replace(pattern, instead), text);
}

function copy(value: unknown, text: (plain: string) => string, above: Set<object>): unknown {
  if (typeof value === 'string') return text(value);
  if (value === undefined || value === null || typeof value === 'number' || typeof value === 'boolean')
    return value;
  if (typeof value !== 'object') return text(String(value));
  if (above.has(value)) return '[circular]';
  above.add(value);
  const done = copyObject(value, text, above);
  above.delete(value);
  return done;
}

function copyObject(value: object, text: (plain: string) => string, above: Set<object>): unknown {
  if (Array.isArray(value)) return value.map((item) => copy(item, text, above));
  if (value instanceof Error) return { name: value.name, message: text(value.message) };
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof Map) return copy([...value.entries()], text, above);
  if (value instanceof Set) return copy([...value], text, above);
  if (typeof Reflect.get(value, 'toJSON') === 'function') {
    const json: unknown = Reflect.apply(Reflect.get(value, 'toJSON'), value, []);
    return typeof json === 'object' && json !== null
      ? copy({ ...json }, text, above)
      : copy(json, text, above);
  }
  const entries = Object.entries(value).map(([name, item]): [string, unknown] => [
    text(name),
    secretName.test(name) && item !== undefined && item !== null ? mask : copy(item, text, above),
  ]);
  return Object.fromEntries(entries);
}
