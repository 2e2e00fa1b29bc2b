// Markdown links between our own files must lead somewhere: to a file or folder that exists and, where they
// name a heading, to a heading that is there.

import { dirname, join } from 'node:path/posix';
import type { SourceFile } from './tree.ts';

/** The links of one Markdown file that lead nowhere. `tree` holds every file that may be linked to. */
export function brokenLinks(file: SourceFile, tree: readonly SourceFile[]): readonly string[] {
  return [...withoutCode(file.text).matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)].flatMap(([, target]) => {
    if (target === undefined || /^[a-z][a-z+.-]*:/.test(target)) return [];
    const problem = problemOf(file, target, tree);
    return problem === undefined ? [] : [`${file.path}: the link ${target} ${problem}`];
  });
}

function problemOf(file: SourceFile, target: string, tree: readonly SourceFile[]): string | undefined {
  const [linked = '', anchor] = target.split('#');
  const path = linked === '' ? file.path : join(dirname(file.path), decodeURI(linked)).replace(/\/$/, '');
  if (path.startsWith('docs/api')) return 'points into generated pages, which a clone does not have';
  const page = tree.find((other) => other.path === path);
  if (page === undefined) {
    return tree.some((other) => other.path.startsWith(`${path}/`)) ? undefined : 'leads to no file';
  }
  if (anchor === undefined || !path.endsWith('.md')) return undefined;
  return anchorsOf(page.text).has(anchor) ? undefined : 'names a heading that is not there';
}

/** Headings as GitHub writes their anchors: lower case, punctuation dropped, spaces as hyphens. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...withoutCode(text).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)];
  const slugs = headings.map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
  return new Set(slugs);
}

/** Fenced blocks are code, not prose: a `](` inside them is no link and a `#` no heading. */
function withoutCode(text: string): string {
  return text.replace(/^(```+|~~~+)[^\n]*\n[\s\S]*?^\1\s*$/gm, '');
}
