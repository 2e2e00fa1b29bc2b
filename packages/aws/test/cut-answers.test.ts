// Answers that something between here and AWS cut off or wrote itself, over the real SDK and a real socket.

import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { ec2Client } from '../src/ec2-client.ts';
import { readError } from '../src/errors.ts';

type Answer = (response: ServerResponse) => void;

async function errorOf(answer: Answer) {
  const server = createServer((_, response) => answer(response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo;
  const client = ec2Client({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'not-a-secret' },
  });
  const request = { AvailabilityZone: 'us-east-1a', Size: 1 };
  const thrown: unknown = await client.createVolume(request, new AbortController().signal).then(
    () => expect.fail('no such answer is a success'),
    (error: unknown) => error,
  );
  return readError(thrown, { operation: 'volumes.create', changes: true });
}

const answers: readonly (readonly [string, Answer])[] = [
  [
    'a success that was cut off in the middle',
    (response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('<CreateVolumeResponse><volumeId>vol-0123', () => response.destroy());
    },
  ],
  [
    'a page that says 200',
    (response) => response.writeHead(200).end('<html><body>Welcome<br></body></html>'),
  ],
  ['a page that says 503', (response) => response.writeHead(503).end('<html>Service Unavailable</html>')],
  ['a page that finds no way', (response) => response.writeHead(404).end('<html>Not Found</html>')],
];

it.each(answers)('%s leaves open what became of a change', async (_, answer) => {
  expect(await errorOf(answer)).toMatchObject({ kind: 'transient', applied: 'unknown' });
});
