import type { NodeWord } from '../view.ts';
import type { Look } from './look.ts';
import { px } from './svg-text.ts';

/** Glyphs drawn as lines, since not every machine has a font with all of them. Each fits in 14 by 14 pixels. */
export function icon(state: NodeWord, x: number, y: number, colour: string): string {
  const at = (dx: number, dy: number) => `${px(x + dx)} ${px(y + dy)}`;
  const line = (path: string) =>
    `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/>`;
  switch (state) {
    case 'running':
      return `<path d="M${at(-4, -5.5)}L${at(5.5, 0)}L${at(-4, 5.5)}Z" fill="${colour}"/>`;
    case 'probing':
      return line(
        `M${at(-3.5, -2.5)}C${at(-3.5, -7.5)} ${at(4, -7)} ${at(3.5, -2.5)}C${at(3, -0.5)} ${at(0, -0.5)} ${at(0, 2)}M${at(0, 5.5)}L${at(0, 5.6)}`,
      );
    case 'waiting':
      return line(`M${at(-2.5, -4.5)}L${at(-2.5, 4.5)}M${at(2.5, -4.5)}L${at(2.5, 4.5)}`);
    case 'done':
      return line(`M${at(-5, 0.5)}L${at(-1.5, 4)}L${at(5, -4)}`);
    case 'background':
      return line(`M${at(-4.5, 0)}L${at(-4.4, 0)}M${at(0, 0)}L${at(0.1, 0)}M${at(4.5, 0)}L${at(4.6, 0)}`);
    case 'failed':
      return line(`M${at(-4, -4)}L${at(4, 4)}M${at(4, -4)}L${at(-4, 4)}`);
    case 'stuck':
      return line(`M${at(0, -5.5)}L${at(0, 1)}M${at(0, 5.2)}L${at(0, 5.3)}`);
    case 'reverting':
    case 'reverted':
      return line(
        `M${at(-2, 5)}L${at(1.5, 5)}C${at(6.5, 5)} ${at(6.5, -2)} ${at(1.5, -2)}L${at(-4.5, -2)}M${at(-1.5, -5.2)}L${at(-4.8, -2)}L${at(-1.5, 1.2)}`,
      );
    case 'pending':
    case 'skipped':
      return '';
  }
}

export function diamond(x: number, y: number): string {
  return `<path d="M${px(x)} ${px(y - 6)}L${px(x + 6)} ${px(y)}L${px(x)} ${px(y + 6)}L${px(x - 6)} ${px(y)}Z" fill="#0f172a"/>`;
}

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The outline that goes with a state. */
export function outline(look: Look, box: Rectangle, heavy: boolean): string {
  const { x, y, width, height } = box;
  const paint = `fill="${look.fill}" stroke="${look.stroke}"`;
  const stroke = heavy ? 4 : 1.4;
  switch (look.outline) {
    case 'octagon': {
      const cut = Math.min(9, height / 3);
      const points = [
        [x + cut, y],
        [x + width - cut, y],
        [x + width, y + cut],
        [x + width, y + height - cut],
        [x + width - cut, y + height],
        [x + cut, y + height],
        [x, y + height - cut],
        [x, y + cut],
      ] as const;
      return polygon(points, `${paint} stroke-width="${heavy ? 4 : 2.6}"`);
    }
    case 'slanted': {
      const skew = Math.min(10, width / 4);
      const points = [
        [x + skew, y],
        [x + width, y],
        [x + width - skew, y + height],
        [x, y + height],
      ] as const;
      return polygon(points, `${paint} stroke-width="${stroke}"`);
    }
    case 'double':
      return (
        rectangle(box, 4, `${paint} stroke-width="${heavy ? 4 : 1.6}"`) +
        rectangle(inset(box, heavy ? 5 : 3.5), 2, `fill="none" stroke="${look.stroke}" stroke-width="1.2"`)
      );
    case 'stadium':
      return rectangle(box, height / 2, `${paint} stroke-width="${stroke}"`);
    case 'dotted':
      return rectangle(
        box,
        8,
        `${paint} stroke-width="${stroke}" stroke-dasharray="${heavy ? '7 6' : '1.5 4'}" stroke-linecap="round"`,
      );
    case 'rounded':
      return rectangle(box, 9, `${paint} stroke-width="${stroke}"`);
    case 'box':
      return rectangle(box, 1.5, `${paint} stroke-width="${stroke}"`);
  }
}

export function rectangle({ x, y, width, height }: Rectangle, radius: number, paint: string): string {
  const round = radius > 0 ? ` rx="${px(radius)}"` : '';
  return `<rect x="${px(x)}" y="${px(y)}" width="${px(width)}" height="${px(height)}"${round} ${paint}/>`;
}

function inset({ x, y, width, height }: Rectangle, by: number): Rectangle {
  return { x: x + by, y: y + by, width: Math.max(0, width - 2 * by), height: Math.max(0, height - 2 * by) };
}

function polygon(points: readonly (readonly [number, number])[], paint: string): string {
  return `<path d="M${points.map(([x, y]) => `${px(x)} ${px(y)}`).join('L')}Z" stroke-linejoin="round" ${paint}/>`;
}
