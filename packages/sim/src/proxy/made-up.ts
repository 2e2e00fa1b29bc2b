import type { AnswerFault, FaultBody, ProxyFault } from './fault.ts';

/** The answers that the proxy makes up itself, in the words of the services that it stands before. */
export interface MadeUp {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly forwarded: boolean;
}

/** The answer that stands in for the service's own; `undefined` for a fault that has none. */
export function madeUpAnswer(fault: ProxyFault): MadeUp | undefined {
  switch (fault.kind) {
    case 'gateway-error': {
      const { forwarded = false, status = forwarded ? 504 : 503 } = fault;
      return answer({ kind: 'answer', status, body: page(status), contentType: 'text/html', forwarded });
    }
    case 'unauthenticated': {
      const message = 'The request you have made requires authentication.';
      const body = { error: { code: 401, title: 'Unauthorized', message } };
      return answer({ body, ...fault, kind: 'answer', status: 401 });
    }
    case 'conflict': {
      const body = { conflictingRequest: { code: 409, message: 'The resource is in another state.' } };
      return answer({ body, ...fault, kind: 'answer', status: 409 });
    }
    case 'throttle': {
      const { retryAfterS = 1, ...rest } = fault;
      const body = { overLimit: { code: 429, message: 'Too many requests.', retryAfter: retryAfterS } };
      const headers = { 'Retry-After': String(retryAfterS) };
      return answer({ body, ...rest, kind: 'answer', status: 429, headers });
    }
    case 'answer':
      return answer(fault);
    default:
      return undefined;
  }
}

function answer({ status, body = '', contentType, headers = {}, forwarded = false }: AnswerFault): MadeUp {
  const type = contentType ?? typeOf(body);
  return { status, headers: { 'Content-Type': type, ...headers }, body: textOf(body), forwarded };
}

function typeOf(body: FaultBody): string {
  return typeof body === 'string' ? 'text/plain' : 'application/json';
}

function textOf(body: FaultBody): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

function page(status: number): string {
  const title = `${status} ${pageTitles[status] ?? 'Server Error'}`;
  return `<html>\r\n<head><title>${title}</title></head>\r\n<body><center><h1>${title}</h1></center></body>\r\n</html>\r\n`;
}

const pageTitles: Readonly<Record<number, string>> = {
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Time-out',
};
