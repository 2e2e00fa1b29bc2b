import type {
  AllocateAddressRequest,
  AllocateAddressResult,
  AssociateAddressRequest,
  AssociateAddressResult,
  AttachVolumeRequest,
  CreateTagsRequest,
  CreateVolumeRequest,
  DeleteVolumeRequest,
  DescribeAddressesRequest,
  DescribeAddressesResult,
  DescribeImagesRequest,
  DescribeImagesResult,
  DescribeInstanceAttributeRequest,
  DescribeInstancesRequest,
  DescribeInstancesResult,
  DescribeInstanceTypeOfferingsRequest,
  DescribeInstanceTypeOfferingsResult,
  DescribeInstanceTypesRequest,
  DescribeInstanceTypesResult,
  DescribeVolumesRequest,
  DescribeVolumesResult,
  DetachVolumeRequest,
  DisassociateAddressRequest,
  InstanceAttribute,
  ModifyInstanceAttributeRequest,
  ReleaseAddressRequest,
  Reservation,
  RunInstancesRequest,
  StartInstancesRequest,
  StartInstancesResult,
  StopInstancesRequest,
  StopInstancesResult,
  TerminateInstancesRequest,
  TerminateInstancesResult,
  Volume,
  VolumeAttachment,
} from '@aws-sdk/client-ec2';

/**
 * The calls of EC2 that the adapter makes, and no others: a rights policy for belay needs to name just these. Each
 * takes EC2's own request and a signal, and rejects with whatever the client rejects with; `errors.ts` reads that.
 */
export interface Ec2Api {
  describeInstances: Send<DescribeInstancesRequest, DescribeInstancesResult>;
  describeInstanceAttribute: Send<DescribeInstanceAttributeRequest, InstanceAttribute>;
  describeInstanceTypeOfferings: Send<
    DescribeInstanceTypeOfferingsRequest,
    DescribeInstanceTypeOfferingsResult
  >;
  describeInstanceTypes: Send<DescribeInstanceTypesRequest, DescribeInstanceTypesResult>;
  describeImages: Send<DescribeImagesRequest, DescribeImagesResult>;
  describeVolumes: Send<DescribeVolumesRequest, DescribeVolumesResult>;
  describeAddresses: Send<DescribeAddressesRequest, DescribeAddressesResult>;

  runInstances: Send<RunInstancesRequest, Reservation>;
  startInstances: Send<StartInstancesRequest, StartInstancesResult>;
  stopInstances: Send<StopInstancesRequest, StopInstancesResult>;
  terminateInstances: Send<TerminateInstancesRequest, TerminateInstancesResult>;
  modifyInstanceAttribute: Send<ModifyInstanceAttributeRequest, unknown>;
  createTags: Send<CreateTagsRequest, unknown>;

  createVolume: Send<CreateVolumeRequest, Volume>;
  deleteVolume: Send<DeleteVolumeRequest, unknown>;
  attachVolume: Send<AttachVolumeRequest, VolumeAttachment>;
  detachVolume: Send<DetachVolumeRequest, VolumeAttachment>;

  allocateAddress: Send<AllocateAddressRequest, AllocateAddressResult>;
  associateAddress: Send<AssociateAddressRequest, AssociateAddressResult>;
  disassociateAddress: Send<DisassociateAddressRequest, unknown>;
  releaseAddress: Send<ReleaseAddressRequest, unknown>;
}

/** One call: the request goes, and the answer comes or the promise rejects. */
export type Send<Request, Answer> = (request: Request, signal: AbortSignal) => Promise<Answer>;
