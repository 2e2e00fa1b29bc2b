import type { NodeWord } from '../view.ts';

/**
 * How each state looks, in every picture alike: a colour, a glyph and an outline, so that it can be told in grey, by
 * those who see few colours, and on paper. The fills differ in lightness too.
 */
export interface Look {
  /** For pictures made of text; drawn ones draw it. */
  readonly glyph: string;
  readonly outline: 'rounded' | 'box' | 'double' | 'octagon' | 'slanted' | 'dotted' | 'stadium';
  readonly fill: string;
  readonly stroke: string;
  readonly text: string;
}

const ink = '#0f172a';

export const looks: Readonly<Record<NodeWord, Look>> = {
  pending: { glyph: '', outline: 'rounded', fill: '#f8fafc', stroke: '#94a3b8', text: '#334155' },
  running: { glyph: '▶', outline: 'double', fill: '#dbeafe', stroke: '#1d4ed8', text: ink },
  probing: { glyph: '?', outline: 'double', fill: '#e0e7ff', stroke: '#4338ca', text: ink },
  waiting: { glyph: '‖', outline: 'stadium', fill: '#ede9fe', stroke: '#6d28d9', text: ink },
  done: { glyph: '✓', outline: 'box', fill: '#dcfce7', stroke: '#15803d', text: ink },
  background: { glyph: '…', outline: 'slanted', fill: '#ccfbf1', stroke: '#0f766e', text: ink },
  failed: { glyph: '✗', outline: 'octagon', fill: '#fecaca', stroke: '#b91c1c', text: ink },
  stuck: { glyph: '!', outline: 'octagon', fill: '#fca5a5', stroke: '#7f1d1d', text: ink },
  reverting: { glyph: '↶', outline: 'double', fill: '#fde68a', stroke: '#b45309', text: ink },
  reverted: { glyph: '↶', outline: 'box', fill: '#fef3c7', stroke: '#b45309', text: ink },
  skipped: { glyph: '', outline: 'dotted', fill: '#ffffff', stroke: '#94a3b8', text: '#64748b' },
};

/** Of edges that a revert walks back. */
export const revertStroke = '#b45309';

export const states: readonly NodeWord[] = [
  'pending',
  'running',
  'probing',
  'waiting',
  'background',
  'done',
  'failed',
  'stuck',
  'reverting',
  'reverted',
  'skipped',
];
