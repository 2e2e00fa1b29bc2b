import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  AttachVolumeCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeAddressesCommand,
  DescribeImagesCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
  DescribeVolumesCommand,
  DetachVolumeCommand,
  DisassociateAddressCommand,
  EC2Client,
  type EC2ClientConfig,
  ModifyInstanceAttributeCommand,
  ReleaseAddressCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { Chance } from '@belay/cloud';
import type { Ec2Api } from './ec2-api.ts';
import { retryStrategy } from './retry-strategy.ts';

/**
 * The SDK behind the narrow interface. There is one client for reads and one for each family of changes, so that
 * throttled launches do not use up the retries of a detach. Region, endpoint and credentials come by the SDK's own
 * conventions where they are not given; credentials and connections are shared by all the clients.
 */
export interface Ec2ClientOptions {
  readonly region: string;
  /** `AWS_ENDPOINT_URL_EC2`, `AWS_ENDPOINT_URL` or the configuration file where absent, else EC2's own. */
  readonly endpoint?: string | undefined;
  readonly chance?: Chance | undefined;
}

/** The machine's own chance, good enough for jitter. */
export const systemChance: Chance = () => Math.random();

/** EC2's calls over the AWS SDK. */
export function ec2Client({ region, endpoint, chance = systemChance }: Ec2ClientOptions): Ec2Api {
  const settings: EC2ClientConfig = {
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    // Without these two a request that hangs would hang for as long as the caller's own deadline allows.
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
    retryStrategy: retryStrategy('reads', chance),
  };
  const reads = new EC2Client(settings);
  const family = (): EC2Client =>
    new EC2Client({
      ...settings,
      credentials: reads.config.credentials,
      requestHandler: reads.config.requestHandler,
      retryStrategy: retryStrategy('changes', chance),
    });
  const [launches, power, volumes, attachments, addresses] = [
    family(),
    family(),
    family(),
    family(),
    family(),
  ];
  const at = (abortSignal: AbortSignal) => ({ abortSignal });
  return {
    describeInstances: (request, signal) => reads.send(new DescribeInstancesCommand(request), at(signal)),
    describeInstanceAttribute: (request, signal) =>
      reads.send(new DescribeInstanceAttributeCommand(request), at(signal)),
    describeInstanceTypeOfferings: (request, signal) =>
      reads.send(new DescribeInstanceTypeOfferingsCommand(request), at(signal)),
    describeInstanceTypes: (request, signal) =>
      reads.send(new DescribeInstanceTypesCommand(request), at(signal)),
    describeImages: (request, signal) => reads.send(new DescribeImagesCommand(request), at(signal)),
    describeVolumes: (request, signal) => reads.send(new DescribeVolumesCommand(request), at(signal)),
    describeAddresses: (request, signal) => reads.send(new DescribeAddressesCommand(request), at(signal)),

    runInstances: (request, signal) => launches.send(new RunInstancesCommand(request), at(signal)),
    startInstances: (request, signal) => power.send(new StartInstancesCommand(request), at(signal)),
    stopInstances: (request, signal) => power.send(new StopInstancesCommand(request), at(signal)),
    terminateInstances: (request, signal) => power.send(new TerminateInstancesCommand(request), at(signal)),
    modifyInstanceAttribute: (request, signal) =>
      power.send(new ModifyInstanceAttributeCommand(request), at(signal)),
    createTags: (request, signal) => power.send(new CreateTagsCommand(request), at(signal)),

    createVolume: (request, signal) => volumes.send(new CreateVolumeCommand(request), at(signal)),
    deleteVolume: (request, signal) => volumes.send(new DeleteVolumeCommand(request), at(signal)),
    attachVolume: (request, signal) => attachments.send(new AttachVolumeCommand(request), at(signal)),
    detachVolume: (request, signal) => attachments.send(new DetachVolumeCommand(request), at(signal)),

    allocateAddress: (request, signal) => addresses.send(new AllocateAddressCommand(request), at(signal)),
    associateAddress: (request, signal) => addresses.send(new AssociateAddressCommand(request), at(signal)),
    disassociateAddress: (request, signal) =>
      addresses.send(new DisassociateAddressCommand(request), at(signal)),
    releaseAddress: (request, signal) => addresses.send(new ReleaseAddressCommand(request), at(signal)),
  };
}
