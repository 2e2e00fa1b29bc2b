import type {
  AllocateAddressRequest,
  AllocateAddressResult,
  AssociateAddressRequest,
  AssociateAddressResult,
  AttachVolumeRequest,
  CancelCapacityReservationRequest,
  CopySnapshotRequest,
  CopySnapshotResult,
  CopyVolumesRequest,
  CopyVolumesResult,
  CreateCapacityReservationRequest,
  CreateCapacityReservationResult,
  CreateSnapshotRequest,
  CreateTagsRequest,
  CreateVolumeRequest,
  DeleteSnapshotRequest,
  DeleteVolumeRequest,
  DescribeAddressesAttributeRequest,
  DescribeAddressesAttributeResult,
  DescribeAddressesRequest,
  DescribeAddressesResult,
  DescribeCapacityReservationsRequest,
  DescribeCapacityReservationsResult,
  DescribeImagesRequest,
  DescribeImagesResult,
  DescribeInstanceAttributeRequest,
  DescribeInstancesRequest,
  DescribeInstancesResult,
  DescribeInstanceTypeOfferingsRequest,
  DescribeInstanceTypeOfferingsResult,
  DescribeInstanceTypesRequest,
  DescribeInstanceTypesResult,
  DescribeSnapshotAttributeRequest,
  DescribeSnapshotAttributeResult,
  DescribeSnapshotsRequest,
  DescribeSnapshotsResult,
  DescribeVolumesModificationsRequest,
  DescribeVolumesModificationsResult,
  DescribeVolumesRequest,
  DescribeVolumesResult,
  DetachVolumeRequest,
  DisassociateAddressRequest,
  InstanceAttribute,
  ModifyAddressAttributeRequest,
  ModifyInstanceAttributeRequest,
  ModifyInstanceCapacityReservationAttributesRequest,
  ModifySnapshotAttributeRequest,
  ModifyVolumeRequest,
  ModifyVolumeResult,
  ReleaseAddressRequest,
  Reservation,
  ResetAddressAttributeRequest,
  RunInstancesRequest,
  Snapshot,
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
  describeVolumesModifications: Send<DescribeVolumesModificationsRequest, DescribeVolumesModificationsResult>;
  describeSnapshots: Send<DescribeSnapshotsRequest, DescribeSnapshotsResult>;
  describeSnapshotAttribute: Send<DescribeSnapshotAttributeRequest, DescribeSnapshotAttributeResult>;
  describeAddresses: Send<DescribeAddressesRequest, DescribeAddressesResult>;
  describeAddressesAttribute: Send<DescribeAddressesAttributeRequest, DescribeAddressesAttributeResult>;
  describeCapacityReservations: Send<DescribeCapacityReservationsRequest, DescribeCapacityReservationsResult>;

  runInstances: Send<RunInstancesRequest, Reservation>;
  startInstances: Send<StartInstancesRequest, StartInstancesResult>;
  stopInstances: Send<StopInstancesRequest, StopInstancesResult>;
  terminateInstances: Send<TerminateInstancesRequest, TerminateInstancesResult>;
  modifyInstanceAttribute: Send<ModifyInstanceAttributeRequest, unknown>;
  modifyInstanceCapacityReservationAttributes: Send<
    ModifyInstanceCapacityReservationAttributesRequest,
    unknown
  >;
  createTags: Send<CreateTagsRequest, unknown>;

  createVolume: Send<CreateVolumeRequest, Volume>;
  copyVolumes: Send<CopyVolumesRequest, CopyVolumesResult>;
  modifyVolume: Send<ModifyVolumeRequest, ModifyVolumeResult>;
  deleteVolume: Send<DeleteVolumeRequest, unknown>;
  attachVolume: Send<AttachVolumeRequest, VolumeAttachment>;
  detachVolume: Send<DetachVolumeRequest, VolumeAttachment>;

  createSnapshot: Send<CreateSnapshotRequest, Snapshot>;
  copySnapshot: Send<CopySnapshotRequest, CopySnapshotResult>;
  modifySnapshotAttribute: Send<ModifySnapshotAttributeRequest, unknown>;
  deleteSnapshot: Send<DeleteSnapshotRequest, unknown>;

  allocateAddress: Send<AllocateAddressRequest, AllocateAddressResult>;
  associateAddress: Send<AssociateAddressRequest, AssociateAddressResult>;
  disassociateAddress: Send<DisassociateAddressRequest, unknown>;
  releaseAddress: Send<ReleaseAddressRequest, unknown>;
  modifyAddressAttribute: Send<ModifyAddressAttributeRequest, unknown>;
  resetAddressAttribute: Send<ResetAddressAttributeRequest, unknown>;

  createCapacityReservation: Send<CreateCapacityReservationRequest, CreateCapacityReservationResult>;
  cancelCapacityReservation: Send<CancelCapacityReservationRequest, unknown>;
}

/** One call: the request goes, and the answer comes or the promise rejects. */
export type Send<Request, Answer> = (request: Request, signal: AbortSignal) => Promise<Answer>;
