/**
 * The way that the bytes of a copy take. Straight from the source to the target is asked for only where a probe has sent
 * a stream that way, to a server at the target's place; where nobody has looked, or the stream found no way, they go
 * through the machine that carries the run out, which asks nothing of either server. A pass that is asked to go straight
 * and finds no way goes through that machine, too, and says so.
 */

import { type Bandwidth, formatPlace } from '@belay/cloud';
import { type Known, unknown } from '../known.ts';
import { type Finding, fails, holds, type Question, unclear } from '../precondition.ts';
import { probed } from '../probed.ts';

type About = Pick<Question, 'facts' | 'target'>;

/** What a probe has sent to a server at the target's place; a stream to anywhere else says nothing of this copy. */
export function pathMeasured({ facts, target }: About): Known<Bandwidth> {
  const path = probed(facts, 'bandwidth');
  if (!path.known || path.value.to.startsWith(`${formatPlace(target.at)}/`)) return path;
  return unknown(`a stream went to ${path.value.to}, which is not where the target will be`, path);
}

/** Is there a straight way? Unknown where nobody has sent anything along it. */
export function straightWay(about: About): Finding {
  const path = pathMeasured(about);
  if (!path.known) return unclear(path.why);
  const { way, notDirect, bytesPerSecond, to } = path.value;
  if (way === 'direct') return holds(`${Math.round(bytesPerSecond / 1e6)} MB/s to ${to}`);
  return notDirect === undefined ? unclear('only the way through us was measured') : fails(notDirect);
}

/** The same as half a sentence for people: which way, and why. */
export function wayInWords(about: About): string {
  const { verdict, evidence } = straightWay(about);
  if (verdict === 'holds')
    return `copied straight to the target (${evidence}), through us where a pass finds no way`;
  return `copied through us: ${verdict === 'fails' ? 'no straight way' : 'a straight way is not known of'} (${evidence})`;
}
