import type { Book } from './book.ts';

/** May a run that goes on give its keys away? All that is left has run out of patience and does without them. */
export function mayFreeKeys(book: Book): boolean {
  if (book.active === 0 || book.active !== book.patientActive || book.locked > 0 || book.keysFreed)
    return false;
  if (book.stuck > 0 || book.waiting > 0 || book.forward.length > 0 || book.backward.length > 0) return false;
  return book.mode(book.body) === 'forward';
}
