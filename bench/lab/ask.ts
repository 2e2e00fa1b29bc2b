// One request to a shop, with an end to it: also while nobody takes the connection, where a request has no timeout.

import { request } from 'node:http';

export interface Question {
  readonly address: string;
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly patienceMs: number;
}

/** Was the answer 200, whole and in time? */
export function ask({ address, path, method, patienceMs }: Question): Promise<boolean> {
  return new Promise((settle) => {
    const asked = request({ host: address, port: 80, path, method, agent: false }, (answer) => {
      answer.on('error', () => settle(false));
      answer.on('end', () => settle(answer.statusCode === 200));
      answer.resume();
    });
    const patience = setTimeout(() => asked.destroy(), patienceMs);
    asked.on('error', () => settle(false));
    asked.on('close', () => {
      clearTimeout(patience);
      settle(false);
    });
    asked.end();
  });
}
