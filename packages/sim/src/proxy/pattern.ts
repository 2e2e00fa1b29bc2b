/**
 * Patterns for paths and actions: `*` stands for any characters but a slash, `**` for any at all, everything else for
 * itself. A pattern covers the whole text.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  const source = pattern.split(/(\*\*?)/).map((part) => wild[part] ?? escaped(part));
  return new RegExp(`^${source.join('')}$`, 's').test(text);
}

const wild: Readonly<Record<string, string>> = { '*': '[^/]*', '**': '.*' };

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
