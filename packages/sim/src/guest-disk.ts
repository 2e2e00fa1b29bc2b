import type { GuestDisk } from '@belay/cloud';
import type { Family } from './traits.ts';

/** How the guest finds the disk of a volume: what the virtual hardware of the family shows it. */
export function guestDisk(volumeId: string, family: Family): GuestDisk {
  if (family === 'ec2') {
    const serial = volumeId.replace('-', '');
    return { serial, byId: [`nvme-Amazon_Elastic_Block_Store_${serial}`] };
  }
  const serial = volumeId.slice(0, 20);
  return { serial, byId: [`virtio-${serial}`, `scsi-0QEMU_QEMU_HARDDISK_${serial}`] };
}
