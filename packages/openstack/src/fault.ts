import type { HttpAnswer } from './http.ts';
import { objectAt, textAt, type Wire, wireOf } from './wire.ts';

/**
 * What an answer that is no success says. Four shapes are in use: Nova and Cinder `{anyName: {code, message}}`,
 * Keystone and the token check `{error: {code, message, title}}`, Neutron `{NeutronError: {type, message, detail}}`,
 * Glance and unknown paths of Nova `{code, title, message}`; Designate `{code, type, message}`. Whatever is none of
 * these came from something in between, mostly as HTML.
 */
export interface Fault {
  /** The service's own name of the fault, such as `itemNotFound` or `OverQuota`. */
  readonly code?: string | undefined;
  /** A sentence without markup, cut where it gets long. */
  readonly message: string;
  readonly requestId?: string | undefined;
  /** 0 where the service says that coming back will not help. */
  readonly retryAfterMs?: number | undefined;
  /** Was it the service that answered, and not a gateway before it? */
  readonly fromService: boolean;
}

export function readFault(answer: HttpAnswer): Fault {
  const body = wireOf(answer.body);
  const said = sentenceOf(body);
  return {
    code: said?.code,
    message: plain(said?.message ?? answer.text) || 'no reason was given',
    requestId: requestIdOf(answer),
    retryAfterMs: retryAfterMs(answer.header('retry-after')),
    fromService: said !== undefined,
  };
}

/** For the provider's support desk. */
export function requestIdOf(answer: HttpAnswer): string | undefined {
  return answer.header('x-openstack-request-id') ?? answer.header('x-compute-request-id');
}

interface Sentence {
  readonly code: string | undefined;
  readonly message: string;
}

function sentenceOf(body: Wire): Sentence | undefined {
  const neutron = objectAt(body, 'NeutronError');
  const fromNeutron = textAt(neutron, 'message');
  if (fromNeutron !== undefined) return { code: textAt(neutron, 'type'), message: fromNeutron };
  // Some of Neutron's older plugins send the sentence alone.
  const alone = textAt(body, 'NeutronError');
  if (alone !== undefined) return { code: undefined, message: alone };
  const own = textAt(body, 'message');
  if (own !== undefined) return { code: textAt(body, 'type') ?? textAt(body, 'title'), message: own };
  for (const [name, inner] of Object.entries(body)) {
    const message = textAt(wireOf(inner), 'message');
    if (message !== undefined) return { code: textAt(wireOf(inner), 'title') ?? name, message };
  }
  return undefined;
}

const longest = 400;

/** Glance writes HTML into its JSON, and gateways write nothing else. */
function plain(text: string): string {
  const title = /<title>([^<]*)<\/title>/i.exec(text)?.[1];
  const words = (title ?? text)
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return words.length > longest ? `${words.slice(0, longest)}…` : words;
}

/** Seconds; a date is left alone, for the clocks of two machines rarely agree. */
function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d+$/.test(header.trim())) return undefined;
  return Number(header) * 1_000;
}
