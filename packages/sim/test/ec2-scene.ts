// A simulated EC2 on a port of its own, the real SDK of AWS in front of it, and short ways to say what is expected.

import {
  CreateVolumeCommand,
  type CreateVolumeCommandInput,
  DescribeInstancesCommand,
  DescribeVolumesCommand,
  EC2Client,
  type EC2ClientConfig,
  RunInstancesCommand,
  type RunInstancesCommandInput,
} from '@aws-sdk/client-ec2';
import { Route53Client } from '@aws-sdk/client-route-53';
import { onTestFinished } from 'vitest';
import { type Ec2Options, type Ec2Server, startEc2 } from '../src/ec2.ts';
import { flatLatencies, type Latencies } from '../src/index.ts';

export interface Ec2Scene extends Ec2Server {
  readonly ec2: EC2Client;
  readonly route53: Route53Client;
  readonly imageId: string;
  /** A client of one's own. */
  client(config?: EC2ClientConfig): EC2Client;
  /** Looks until it is so; fails the test where it never is. */
  until<T>(look: () => Promise<T>, isSo: (seen: T) => boolean): Promise<T>;
}

/** What every refusal has in common. */
export interface Refused {
  readonly code: string;
  readonly status: number | undefined;
  readonly message: string;
  readonly requestId: string | undefined;
}

export const zone = 'us-east-1a';
export const otherZone = 'us-east-1b';

/** Everything at once, but for what a test is about. */
export function quick(own: Partial<Latencies> = {}): Partial<Latencies> {
  return { ...flatLatencies(0), ...own };
}

/** Started and, at the end of the test, ended. Nothing takes time unless the test says so. */
export async function openEc2(options: Ec2Options = {}): Promise<Ec2Scene> {
  const world = { seed: 'ec2', latencies: quick(), ...options.world };
  const started = await startEc2({ timeScale: 60, ...options, world });
  if (started.isErr()) throw new Error(started.error.message);
  const server = started.value;
  const settings = {
    region: 'us-east-1',
    endpoint: server.url,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
  };
  const clients: { destroy(): void }[] = [];
  const kept = <C extends { destroy(): void }>(client: C): C => {
    clients.push(client);
    return client;
  };
  onTestFinished(async () => {
    for (const client of clients) client.destroy();
    await server.close();
  });
  return {
    ...server,
    get sim() {
      return server.sim;
    },
    ec2: kept(new EC2Client(settings)),
    route53: kept(new Route53Client(settings)),
    imageId: Object.keys(server.sim.world.state().images)[0] ?? '',
    client: (config) => kept(new EC2Client({ ...settings, ...config })),
    async until(look, isSo) {
      for (let tries = 0; tries < 200; tries += 1) {
        const seen = await look();
        if (isSo(seen)) return seen;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      throw new Error('It never came to be so.');
    },
  };
}

/** The refusal of a call; an answer fails the test. */
export async function refused(call: Promise<unknown>): Promise<Refused> {
  const answer = await call.then(
    (value) => ({ value }),
    (thrown: unknown) => ({ thrown }),
  );
  if (!('thrown' in answer)) throw new Error(`It was answered: ${JSON.stringify(answer.value)}`);
  const { thrown } = answer;
  if (!(thrown instanceof Error)) throw new Error(`Not an error: ${String(thrown)}`);
  const metadata: unknown = Reflect.get(thrown, '$metadata');
  const of = (name: string): unknown =>
    typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, name) : undefined;
  const [status, requestId] = [of('httpStatusCode'), of('requestId')];
  return {
    code: thrown.name,
    message: thrown.message,
    status: typeof status === 'number' ? status : undefined,
    requestId: typeof requestId === 'string' ? requestId : undefined,
  };
}

/** The code of the refusal alone. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  return (await refused(call)).code;
}

/** One running instance. */
export async function launched(
  { ec2, imageId, until }: Ec2Scene,
  request: Partial<RunInstancesCommandInput> = {},
): Promise<string> {
  const { Instances: [made] = [] } = await ec2.send(
    new RunInstancesCommand({
      MinCount: 1,
      MaxCount: 1,
      ImageId: imageId,
      InstanceType: 't3.micro',
      Placement: { AvailabilityZone: zone },
      ...request,
    }),
  );
  const id = made?.InstanceId ?? '';
  await until(
    () => ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] })),
    ({ Reservations }) => Reservations?.[0]?.Instances?.[0]?.State?.Name === 'running',
  );
  return id;
}

/** One volume that is available. */
export async function volumeOf(
  { ec2, until }: Ec2Scene,
  request: Partial<CreateVolumeCommandInput> = {},
): Promise<string> {
  const { VolumeId: id = '' } = await ec2.send(
    new CreateVolumeCommand({ AvailabilityZone: zone, Size: 10, VolumeType: 'gp3', ...request }),
  );
  await until(
    () => stateOf(ec2, id),
    (state) => state === 'available',
  );
  return id;
}

/** What EC2 says of a volume now. */
export async function stateOf(ec2: EC2Client, id: string): Promise<string | undefined> {
  const { Volumes } = await ec2.send(new DescribeVolumesCommand({ VolumeIds: [id] }));
  return Volumes?.[0]?.State;
}
