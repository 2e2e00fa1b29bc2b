import type { Book } from './book.ts';
import type { Command } from './machine.ts';

/** The command that starts a node, or starts it once more. A join has none: it does nothing itself. */
export function startOf(book: Book, node: number): Command | undefined {
  switch (book.kind(node)) {
    case 'step':
      return { do: 'run', node, attempt: (book.attempt[node] ?? 0) + 1 };
    case 'hold':
      return { do: 'ask', node };
    case 'scope':
      return { do: 'choose', node, choice: book.choice[node] ?? 0, rounds: book.rounds[node] ?? 1 };
    case 'join':
      return undefined;
  }
}
