/**
 * XML as EC2 and Route 53 write it: elements and text, no attributes but the namespace of the root. A value that is
 * `undefined` leaves its element out; the items of a list stand in elements of one name, `item` for EC2.
 */
export type Xml = string | number | boolean | undefined | readonly Xml[] | XmlFields;

/** The elements inside an element, by name, in their order. */
export interface XmlFields {
  readonly [name: string]: Xml;
}

/** A whole document with one root element. */
export function xmlDocument(root: string, fields: XmlFields, options: XmlOptions = {}): string {
  const { namespace, itemNames = {} } = options;
  const attribute = namespace === undefined ? '' : ` xmlns="${escapeXml(namespace)}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${attribute}>${inside(fields, 'item', itemNames)}</${root}>`;
}

export interface XmlOptions {
  readonly namespace?: string;
  /** What the items of a list are called, by the name of the list; `item` where it is not named here. */
  readonly itemNames?: Readonly<Record<string, string>>;
}

/**
 * Text as it may stand in XML. What XML 1.0 has no way to write (most control characters, half a surrogate pair)
 * becomes the replacement character, so that one odd tag never makes a whole answer unreadable.
 */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(unwritable, '\uFFFD')
    .replaceAll(/[&<>"'\r]/g, (character) => entities[character] ?? character);
}

// Everything below the space but tab and line ends, and the two that are no characters.
const unwritable = /[^\t\n\r\u0020-\uFFFD\u{10000}-\u{10FFFF}]/gu;

// A bare carriage return would be read as a line feed.
const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#xD;',
};

function inside(value: Xml, itemName: string, itemNames: Readonly<Record<string, string>>): string {
  if (value === undefined) return '';
  if (isList(value)) return value.map((item) => element(itemName, item, itemNames)).join('');
  if (typeof value !== 'object') return escapeXml(String(value));
  return Object.entries(value)
    .map(([name, one]) => element(name, one, itemNames))
    .join('');
}

function element(name: string, value: Xml, itemNames: Readonly<Record<string, string>>): string {
  if (value === undefined) return '';
  return `<${name}>${inside(value, itemNames[name] ?? 'item', itemNames)}</${name}>`;
}

/** `Array.isArray` does not narrow a readonly list away from an object of fields. */
function isList(value: Xml): value is readonly Xml[] {
  return Array.isArray(value);
}
