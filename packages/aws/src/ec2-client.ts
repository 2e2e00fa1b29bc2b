import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  AttachVolumeCommand,
  CancelCapacityReservationCommand,
  CopySnapshotCommand,
  CopyVolumesCommand,
  CreateCapacityReservationCommand,
  CreateSnapshotCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
  DescribeAddressesAttributeCommand,
  DescribeAddressesCommand,
  DescribeCapacityReservationsCommand,
  DescribeImagesCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
  DescribeSnapshotAttributeCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  DescribeVolumesModificationsCommand,
  DetachVolumeCommand,
  DisassociateAddressCommand,
  EC2Client,
  ModifyAddressAttributeCommand,
  ModifyInstanceAttributeCommand,
  ModifyInstanceCapacityReservationAttributesCommand,
  ModifySnapshotAttributeCommand,
  ModifyVolumeCommand,
  ReleaseAddressCommand,
  ResetAddressAttributeCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { Ec2Api } from './ec2-api.ts';
import { gated } from './gated.ts';
import { type SdkOptions, sdkSettings } from './sdk.ts';

/**
 * EC2's calls over the AWS SDK. There is one client for reads and one for each family of changes, so that throttled
 * launches do not use up the retries of a detach. Credentials and connections are shared by all the clients.
 */
export function ec2Client(options: SdkOptions): Ec2Api {
  const reads = new EC2Client(sdkSettings(options, 'reads'));
  const family = (): EC2Client =>
    new EC2Client({
      ...sdkSettings(options, 'changes'),
      credentials: reads.config.credentials,
      requestHandler: gated(reads.config.requestHandler),
    });
  const launches = family();
  const power = family();
  const volumes = family();
  const attachments = family();
  const snapshots = family();
  const addresses = family();
  const reservations = family();
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
    describeVolumesModifications: (request, signal) =>
      reads.send(new DescribeVolumesModificationsCommand(request), at(signal)),
    describeSnapshots: (request, signal) => reads.send(new DescribeSnapshotsCommand(request), at(signal)),
    describeSnapshotAttribute: (request, signal) =>
      reads.send(new DescribeSnapshotAttributeCommand(request), at(signal)),
    describeCapacityReservations: (request, signal) =>
      reads.send(new DescribeCapacityReservationsCommand(request), at(signal)),
    describeAddressesAttribute: (request, signal) =>
      reads.send(new DescribeAddressesAttributeCommand(request), at(signal)),
    describeAddresses: (request, signal) => reads.send(new DescribeAddressesCommand(request), at(signal)),

    runInstances: (request, signal) => launches.send(new RunInstancesCommand(request), at(signal)),
    startInstances: (request, signal) => power.send(new StartInstancesCommand(request), at(signal)),
    stopInstances: (request, signal) => power.send(new StopInstancesCommand(request), at(signal)),
    terminateInstances: (request, signal) => power.send(new TerminateInstancesCommand(request), at(signal)),
    modifyInstanceAttribute: (request, signal) =>
      power.send(new ModifyInstanceAttributeCommand(request), at(signal)),
    modifyInstanceCapacityReservationAttributes: (request, signal) =>
      power.send(new ModifyInstanceCapacityReservationAttributesCommand(request), at(signal)),
    createTags: (request, signal) => power.send(new CreateTagsCommand(request), at(signal)),

    createVolume: (request, signal) => volumes.send(new CreateVolumeCommand(request), at(signal)),
    copyVolumes: (request, signal) => volumes.send(new CopyVolumesCommand(request), at(signal)),
    modifyVolume: (request, signal) => volumes.send(new ModifyVolumeCommand(request), at(signal)),
    deleteVolume: (request, signal) => volumes.send(new DeleteVolumeCommand(request), at(signal)),
    attachVolume: (request, signal) => attachments.send(new AttachVolumeCommand(request), at(signal)),
    detachVolume: (request, signal) => attachments.send(new DetachVolumeCommand(request), at(signal)),

    createSnapshot: (request, signal) => snapshots.send(new CreateSnapshotCommand(request), at(signal)),
    copySnapshot: (request, signal) => snapshots.send(new CopySnapshotCommand(request), at(signal)),
    modifySnapshotAttribute: (request, signal) =>
      snapshots.send(new ModifySnapshotAttributeCommand(request), at(signal)),
    deleteSnapshot: (request, signal) => snapshots.send(new DeleteSnapshotCommand(request), at(signal)),

    allocateAddress: (request, signal) => addresses.send(new AllocateAddressCommand(request), at(signal)),
    associateAddress: (request, signal) => addresses.send(new AssociateAddressCommand(request), at(signal)),
    disassociateAddress: (request, signal) =>
      addresses.send(new DisassociateAddressCommand(request), at(signal)),
    releaseAddress: (request, signal) => addresses.send(new ReleaseAddressCommand(request), at(signal)),
    modifyAddressAttribute: (request, signal) =>
      addresses.send(new ModifyAddressAttributeCommand(request), at(signal)),
    resetAddressAttribute: (request, signal) =>
      addresses.send(new ResetAddressAttributeCommand(request), at(signal)),

    createCapacityReservation: (request, signal) =>
      reservations.send(new CreateCapacityReservationCommand(request), at(signal)),
    cancelCapacityReservation: (request, signal) =>
      reservations.send(new CancelCapacityReservationCommand(request), at(signal)),
  };
}
