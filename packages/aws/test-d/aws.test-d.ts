import { type AwsCloudOptions, awsCloud, type Ec2Api, ec2Client } from '@belay/aws';
import type { Cloud } from '@belay/cloud';
import { expectAssignable, expectError, expectType } from 'tsd';

declare const client: Ec2Api;

expectType<Cloud>(awsCloud({ account: 'shop', region: 'eu-central-1' }));
expectType<Ec2Api>(ec2Client({ region: 'eu-central-1' }));
expectAssignable<AwsCloudOptions>({
  account: 'shop',
  region: 'r',
  client,
  visibilityMs: 0,
  endpoint: undefined,
});

// An account and a region name the place; neither is guessed.
expectError(awsCloud({ region: 'eu-central-1' }));
expectError(awsCloud({ account: 'shop' }));
// A client that lacks a call is refused.
expectError(awsCloud({ account: 'shop', region: 'r', client: { describeVolumes: client.describeVolumes } }));
