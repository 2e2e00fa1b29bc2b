/** Colour, where it is wanted. The text says everything without it. */

import { styleText } from 'node:util';

export type Tone = 'green' | 'red' | 'yellow' | 'blue' | 'bold' | 'dim';

/** Gives a text a tone; gives it back as it is where there is no colour. */
export type Paint = (tone: Tone, text: string) => string;

export function paintFor(colour: boolean): Paint {
  // Whether the stream can show colour has been decided already, and not by this function.
  return (tone, text) => (colour ? styleText(tone, text, { validateStream: false }) : text);
}
