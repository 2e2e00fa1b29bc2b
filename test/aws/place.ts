// Where the tests work: the region, the zones and an image that moto knows.

import { DescribeImagesCommand, EC2Client } from '@aws-sdk/client-ec2';

export const region = 'us-east-1';
export const zones: readonly [string, string] = ['us-east-1a', 'us-east-1b'];

const keys = { accessKeyId: 'testing', secretAccessKey: 'testing' };

/** How a client of ours is told where EC2 is. */
export function sdkOptions(endpoint: string): {
  readonly region: string;
  readonly endpoint: string;
  readonly credentials: typeof keys;
} {
  return { region, endpoint, credentials: keys };
}

/** The SDK's own variables: the adapter and the example are told where EC2 is in no other way. */
export function sdkEnvironment(url: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** The first call makes moto load what it is made of; on a busy machine that is longer than the adapter ever waits. */
export async function anImage(options: ReturnType<typeof sdkOptions>): Promise<string> {
  const plain = new EC2Client(options);
  const { Images: [image] = [] } = await plain.send(new DescribeImagesCommand({ Owners: ['amazon'] }), {
    abortSignal: AbortSignal.timeout(120_000),
  });
  plain.destroy();
  if (image?.ImageId === undefined) throw new Error('moto has no images.');
  return image.ImageId;
}
