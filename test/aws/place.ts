// Where the tests work: the region, the zones and an image that moto knows.

import { ec2Client, type SdkOptions } from '@belay/aws';

export const region = 'us-east-1';
export const zones: readonly [string, string] = ['us-east-1a', 'us-east-1b'];

/** The SDK's own variables: the adapter and the example are told where EC2 is in no other way. */
export function sdkEnvironment(url: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: 'testing',
    AWS_SECRET_ACCESS_KEY: 'testing',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

export async function anImage(options: SdkOptions = { region }): Promise<string> {
  const { Images: [image] = [] } = await ec2Client(options).describeImages(
    { Owners: ['amazon'] },
    AbortSignal.timeout(120_000),
  );
  if (image?.ImageId === undefined) throw new Error('moto has no images.');
  return image.ImageId;
}
