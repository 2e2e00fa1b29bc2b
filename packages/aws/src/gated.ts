import { mayLeave } from '@belay/cloud/adapter';

/**
 * The SDK's way out, with a last question before each request that it sends: retries pass here too, after credentials
 * and pauses. The SDK hands the caller's own signal through to here and nothing else of ours. What must not leave ends
 * like any request that was told to stop.
 */
export function gated<H extends Sender>(handler: H): H {
  const handle: Sender['handle'] = async (request, options) => {
    const stop = options?.abortSignal;
    const isOurs = stop instanceof AbortSignal ? mayLeave(stop) : true;
    if (isOurs !== true && !(await isOurs)) throw new DOMException('The request was not sent.', 'AbortError');
    return handler.handle(request, options);
  };
  // All else is the handler's own, its settings and its end included.
  return new Proxy(handler, {
    get(own, key) {
      if (key === 'handle') return handle;
      const value: unknown = Reflect.get(own, key, own);
      return typeof value === 'function' ? value.bind(own) : value;
    },
  });
}

/** What is used of the SDK's request handlers. */
interface Sender {
  // The SDK's own types say no more of requests and answers.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  handle(request: any, options?: { readonly abortSignal?: unknown }): Promise<any>;
}
