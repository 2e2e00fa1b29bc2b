import { printable } from './words.ts';

/** Text in SVG: escaped, and measured without knowing the font, so rather a little too wide than too narrow. */

export function xml(text: string): string {
  return printable(text).replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** Width in pixels in any common sans-serif of this size. */
export function widthOf(text: string, fontPx: number): number {
  let ems = 0;
  for (const character of text) ems += emsOf(character);
  return ems * fontPx;
}

function emsOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  // East Asian scripts and pictographs are as wide as high.
  if (code >= 0x1100 && (code <= 0x11ff || code >= 0x2e80))
    return code >= 0xfe00 && code <= 0xfe0f ? 0 : 1.05;
  if (/[il.,:;'|!jtf()[\]\-/ ]/.test(character)) return 0.4;
  if (/[mwMWQO@%&]/.test(character)) return 0.95;
  return /[A-Z0-9_#$<>=+~^]/.test(character) ? 0.72 : 0.63;
}

/** The text, or as much of it as fits with an ellipsis after it. */
export function fitted(text: string, maxPx: number, fontPx: number): string {
  if (widthOf(text, fontPx) <= maxPx) return text;
  const characters = [...text];
  let width = emsOf('…') * fontPx;
  const kept: string[] = [];
  for (const character of characters) {
    width += emsOf(character) * fontPx;
    if (width > maxPx) break;
    kept.push(character);
  }
  return `${kept.join('').trimEnd()}…`;
}

/** The text in at most so many lines, broken after spaces, hyphens, slashes and dots where that can be. */
export function wrapped(text: string, maxPx: number, fontPx: number, maxLines: number): readonly string[] {
  const lines: string[] = [];
  let rest = text;
  while (lines.length < maxLines - 1 && widthOf(rest, fontPx) > maxPx) {
    const cut = breakOf(rest, maxPx, fontPx);
    if (cut <= 0) break;
    lines.push(rest.slice(0, cut).trimEnd());
    rest = rest.slice(cut).trimStart();
  }
  return [...lines, fitted(rest, maxPx, fontPx)];
}

function breakOf(text: string, maxPx: number, fontPx: number): number {
  let width = 0;
  let at = 0;
  let best = 0;
  for (const character of text) {
    width += emsOf(character) * fontPx;
    if (width > maxPx) return best;
    at += character.length;
    if (/[\s\-/._]/.test(character)) best = at;
  }
  return at;
}

export interface TextStyle {
  readonly sizePx: number;
  readonly fill: string;
  readonly weight?: number;
  readonly anchor?: 'start' | 'middle' | 'end';
}

/** A line of text whose baseline is at `y`. */
export function textAt(x: number, y: number, text: string, style: TextStyle): string {
  const weight = style.weight === undefined ? '' : ` font-weight="${style.weight}"`;
  const anchor = style.anchor === undefined ? '' : ` text-anchor="${style.anchor}"`;
  return `<text x="${px(x)}" y="${px(y)}" font-size="${style.sizePx}" fill="${style.fill}"${weight}${anchor}>${xml(text)}</text>`;
}

/** A number as short as a picture needs it. */
export function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}
