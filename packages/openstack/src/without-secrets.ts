import { redactor, type Secret } from '@belay/cloud';
import type { Credentials } from './access.ts';
import type { HttpAnswer } from './http.ts';

/**
 * A refusal with the secrets of its request taken out. Services quote what they do not like, Nova the whole server with
 * its user data, and gateways have been seen to print the headers. It is done before anything is cut short or logged,
 * for half a secret is found by nobody.
 */
export function withoutSecrets(answer: HttpAnswer, secrets: readonly Secret[]): HttpAnswer {
  if (answer.status < 300) return answer;
  const { text, value } = redactor(secrets);
  return { ...answer, body: value(answer.body), text: text(answer.text) };
}

/** What of the credentials must not be seen. */
export function secretsOf(credentials: Credentials): readonly Secret[] {
  if (credentials.method === 'password') return [credentials.password];
  return credentials.method === 'token' ? [credentials.token] : [credentials.secret];
}
