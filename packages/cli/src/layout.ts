/** Text within a width. */

/** At most so many columns, the last of them an ellipsis where something was cut off. */
export function clipped(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;
}
