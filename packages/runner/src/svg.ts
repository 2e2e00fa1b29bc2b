/**
 * Draws a plan, or what really ran, as one SVG that needs nothing else: no script, no font, no other file.
 *
 * @packageDocumentation
 */

import { criticalPath } from './picture/critical-path.ts';
import { drawNode, drawOrder, drawScope } from './picture/svg-box.ts';
import { drawNoReturn, drawStripes, gutter, head, legend, type Stripe } from './picture/svg-frame.ts';
import type { Rectangle } from './picture/svg-icon.ts';
import { type Scene, type Strand, sceneOf } from './picture/svg-scene.ts';
import { drawBackward, drawForward, revertBesidePx, type Stroke } from './picture/svg-strand.ts';
import { px, xml } from './picture/svg-text.ts';
import { headline, wentBack } from './picture/words.ts';
import type { Shape } from './shape.ts';
import type { NodeWord, RunView } from './view.ts';

/** How to draw it. */
export interface SvgOptions {
  /** The way of time; `down` where absent. */
  readonly direction?: 'down' | 'right';
  /**
   * Stretches of the run in order, such as who serves meanwhile. Steps are named by their paths; a step in a scope
   * stands for the scope. What is named in one band stands after all that is named in the bands before it.
   */
  readonly bands?: readonly { readonly title: string; readonly steps: readonly string[] }[];
  /** Paths whose edges are drawn thick; `measured`: what the run's length really hung on, from the view's times. */
  readonly criticalPath?: readonly string[] | 'measured';
  /** On where absent. */
  readonly legend?: boolean;
}

/** The picture of a shape as an SVG document; all pending where there is no view. */
export function toSvg(shape: Shape, view?: RunView, options: SvgOptions = {}): string {
  return new Picture(shape, view, options).draw();
}

const marginPx = 20;
/** From the graph to the border of bands. */
const edgePx = 16;

class Picture {
  private readonly shape: Shape;
  private readonly view: RunView | undefined;
  private readonly options: SvgOptions;
  private readonly direction: 'down' | 'right';
  private readonly bandOf: ReadonlyMap<number, number>;
  private readonly critical: ReadonlySet<number>;
  private readonly scene: Scene;

  constructor(shape: Shape, view: RunView | undefined, options: SvgOptions) {
    this.shape = shape;
    this.view = view;
    this.options = options;
    this.direction = options.direction ?? 'down';
    this.bandOf = bandsOf(shape, options.bands ?? []);
    this.critical = criticalOf(shape, view, options.criticalPath);
    this.scene = sceneOf(shape, view, this.direction, (node) => this.bandOf.get(node) ?? -1);
  }

  draw(): string {
    const { shape, view, scene, direction } = this;
    const isDown = direction === 'down';
    const pivot = shape.nodes.findIndex((node) => node.pivot === true);
    const stripes = this.stripes();
    const top = head(shape, view);
    const side = gutter(stripes, pivot !== -1, direction);
    const content = {
      width: scene.width + (isDown ? (side > 0 ? side + edgePx : 0) : 2 * edgePx),
      height: scene.height + (isDown ? 0 : side + 18),
    };
    const width = Math.max(content.width, top.width, 360);
    const x = marginPx + (isDown ? side : edgePx) + Math.max(0, (width - content.width) / 2);
    const y = marginPx + top.height + (isDown ? 18 : side);
    const area: Rectangle = isDown
      ? { x: marginPx, y: y - 18, width, height: scene.height + 36 }
      : { x: marginPx, y: y - side, width, height: content.height + 6 };
    const bottom = area.y + area.height + 18;
    const foot =
      this.options.legend === false ? { svg: '', height: 0 } : legend(this.states(), this.marks(), width);
    const full = { width: width + 2 * marginPx, height: bottom + foot.height + marginPx };
    const offset = isDown ? y : x;
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${px(full.width)}" height="${px(full.height)}" viewBox="0 0 ${px(full.width)} ${px(full.height)}" font-family="Inter, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif">`,
      `<title>${xml(headline(shape, view))}</title>`,
      `<rect width="100%" height="100%" fill="#ffffff"/>`,
      group(marginPx, marginPx, top.svg),
      drawStripes(stripes, scene, area, offset, direction),
      pivot === -1 ? '' : drawNoReturn(scene, scene.rankOf[pivot] ?? 0, area, offset, direction),
      group(x, y, this.graph()),
      group(marginPx, bottom, foot.svg),
      '</svg>',
      '',
    ]
      .filter((part) => part !== '')
      .join('\n')
      .concat('\n');
  }

  private graph(): string {
    const { shape, view, scene } = this;
    const scopes: string[] = [];
    const nodes: string[] = [];
    shape.nodes.forEach((node, i) => {
      const box = scene.boxes[i];
      const face = scene.faces[i];
      if (box === undefined || face === undefined) return;
      if (node.kind === 'scope') scopes.push(drawScope(box, face, node, view?.nodes[i]));
      else nodes.push(drawNode(box, face, node, view?.nodes[i]));
    });
    return [...scopes, ...this.strands(), ...nodes, ...this.orders()].join('\n');
  }

  /** The thick ones last, so that nothing lies over them. */
  private strands(): readonly string[] {
    const { direction } = this;
    const drawn = this.scene.strands.map((strand) => ({ strand, stroke: this.strokeOf(strand) }));
    drawn.sort((a, b) => a.stroke.widthPx - b.stroke.widthPx);
    const back = this.scene.strands.filter(({ edges }) => edges.some(([, to]) => this.wasReverted(to)));
    return [
      ...drawn.map(({ strand, stroke }) => drawForward(strand, direction, stroke)),
      ...back.map((strand) => drawBackward(strand, direction)),
    ];
  }

  private strokeOf({ edges }: Strand): Stroke {
    if (edges.some(([from, to]) => this.isCritical(from, to))) {
      return { colour: '#0f172a', widthPx: 4 };
    }
    const wasWalked = edges.some(([, to]) => this.hasBegun(to));
    return wasWalked ? { colour: '#334155', widthPx: 1.7 } : { colour: '#94a3b8', widthPx: 1.3 };
  }

  /** Of a node's dependencies on the path, the last is the one that it waited for. */
  private isCritical(from: number, to: number): boolean {
    if (!this.critical.has(from) || !this.critical.has(to)) return false;
    return !this.shape.nodes[to]?.after.some((other) => other > from && this.critical.has(other));
  }

  private hasBegun(node: number): boolean {
    const state = this.view?.nodes[node]?.state ?? 'pending';
    return state !== 'pending' && state !== 'skipped';
  }

  private wasReverted(node: number): boolean {
    return wentBack(this.view?.nodes[node]);
  }

  private orders(): readonly string[] {
    return this.scene.boxes.flatMap(({ x, y, width, height }, i) => {
      const order = this.view?.nodes[i]?.revert?.order;
      if (order === undefined) return [];
      const at =
        this.direction === 'down'
          ? { x: x + width / 2 + revertBesidePx, y: y - 2 }
          : { x: x - 2, y: y + height / 2 + revertBesidePx };
      return [drawOrder(at.x, at.y, order)];
    });
  }

  private stripes(): readonly Stripe[] {
    const spans = (this.options.bands ?? []).map(({ title }, band) => {
      const ranks = [...this.bandOf].flatMap(([node, each]) =>
        each === band ? [this.scene.rankOf[node] ?? 0] : [],
      );
      return { title, firstRank: Math.min(...ranks), lastRank: Math.max(...ranks) };
    });
    const known = spans.filter(({ firstRank }) => Number.isFinite(firstRank));
    // A band lasts until the next begins.
    return known.map((span, i) => ({
      ...span,
      lastRank: (known[i + 1]?.firstRank ?? span.lastRank + 1) - 1,
    }));
  }

  private states(): ReadonlySet<NodeWord> {
    return new Set(this.shape.nodes.map((_, i) => this.view?.nodes[i]?.state ?? 'pending'));
  }

  private marks(): Parameters<typeof legend>[1] {
    return {
      hold: this.shape.nodes.some(({ kind }) => kind === 'hold'),
      pivot: this.shape.nodes.some((node) => node.pivot === true),
      reverts: this.shape.nodes.some((_, i) => this.wasReverted(i)),
      critical: this.critical.size > 0,
    };
  }
}

function group(x: number, y: number, content: string): string {
  return content === '' ? '' : `<g transform="translate(${px(x)} ${px(y)})">\n${content}\n</g>`;
}

/** By node of the body: the band that it, or something in it, was named in. */
function bandsOf(shape: Shape, bands: NonNullable<SvgOptions['bands']>): ReadonlyMap<number, number> {
  const indexOf = new Map(shape.nodes.map(({ path }, i) => [path, i]));
  const found = new Map<number, number>();
  bands.forEach(({ steps }, band) => {
    for (const path of steps) {
      let node = indexOf.get(path);
      while (node !== undefined && (shape.nodes[node]?.scope ?? -1) !== -1) node = shape.nodes[node]?.scope;
      if (node !== undefined && !found.has(node)) found.set(node, band);
    }
  });
  return found;
}

function criticalOf(
  shape: Shape,
  view: RunView | undefined,
  asked: SvgOptions['criticalPath'],
): ReadonlySet<number> {
  if (asked === undefined) return new Set();
  if (asked === 'measured') return view === undefined ? new Set() : criticalPath(shape, view);
  const indexOf = new Map(shape.nodes.map(({ path }, i) => [path, i]));
  const found = new Set<number>();
  for (const path of asked) {
    // A step in a scope makes the scope a part of the path too.
    for (let node = indexOf.get(path); node !== undefined && node !== -1; node = shape.nodes[node]?.scope)
      found.add(node);
  }
  return found;
}
