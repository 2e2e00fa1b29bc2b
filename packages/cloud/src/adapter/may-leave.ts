/**
 * The last word before a request leaves. Clients of others hand nothing of ours through to where requests are sent but
 * the signal that stops them: by that signal whoever sends finds out whom to ask.
 */
export type Leave = () => true | Promise<boolean>;

/**
 * May the request that this signal stops leave now? To be asked by an adapter's transport for each request that changes
 * something, after all that takes time (credentials, a token, a pause between two tries) and right before it is sent.
 * After `false` it must not be sent; what the verb answers is settled already. `true` for signals of nobody's.
 */
export function mayLeave(stop: AbortSignal): true | Promise<boolean> {
  return leaves.get(stop)?.() ?? true;
}

/** From now on this is asked before a request with this signal leaves. */
export function askBeforeLeaving(stop: AbortSignal, leave: Leave): void {
  leaves.set(stop, leave);
}

const leaves = new WeakMap<AbortSignal, Leave>();
