"""A Cinder driver without disks.

Everything above it is Cinder itself: API, scheduler, manager, states and quotas. Each act takes
BELAY_VOLUME_DELAY_S seconds, and those that a test holds or fails take longer or go wrong.
"""

import os
import time

from cinder import exception, interface
from cinder.volume import driver

from belay_stack import faults

DELAY_S = float(os.environ.get("BELAY_VOLUME_DELAY_S", "0"))


def work(volume):
    time.sleep(DELAY_S)
    faults.hold("hold-volume", volume.id)


@interface.volumedriver
class StoresNothing(driver.VolumeDriver):
    VERSION = "1"
    CI_WIKI_NAME = "none"

    def do_setup(self, context):
        pass

    def check_for_setup_error(self):
        pass

    def _update_volume_stats(self):
        pool = {
            "pool_name": "nothing",
            "total_capacity_gb": 100000,
            "free_capacity_gb": 100000,
            "provisioned_capacity_gb": 0,
            "reserved_percentage": 0,
            "max_over_subscription_ratio": 20.0,
            "thin_provisioning_support": True,
            "multiattach": True,
            "QoS_support": False,
        }
        self._stats = {
            "volume_backend_name": self.configuration.safe_get("volume_backend_name"),
            "vendor_name": "belay",
            "driver_version": self.VERSION,
            "storage_protocol": "fake",
            "pools": [pool],
        }

    def create_volume(self, volume):
        work(volume)
        if faults.fails("fail-create", volume.project_id):
            raise exception.VolumeBackendAPIException(data="no disk came of it")

    def create_volume_from_snapshot(self, volume, snapshot):
        work(volume)

    def create_cloned_volume(self, volume, src_vref):
        work(volume)

    def clone_image(self, context, volume, image_location, image_meta, image_service):
        work(volume)
        return {}, True

    def copy_volume_to_image(self, context, volume, image_service, image_meta):
        work(volume)

    def extend_volume(self, volume, new_size):
        work(volume)

    def retype(self, context, volume, new_type, diff, host):
        work(volume)
        return True, None

    def delete_volume(self, volume):
        work(volume)

    def create_snapshot(self, snapshot):
        work(snapshot.volume)

    def revert_to_snapshot(self, context, volume, snapshot):
        work(volume)

    def delete_snapshot(self, snapshot):
        work(snapshot.volume)

    def ensure_export(self, context, volume):
        pass

    def create_export(self, context, volume, connector):
        pass

    def remove_export(self, context, volume):
        pass

    def initialize_connection(self, volume, connector):
        work(volume)
        if faults.fails("fail-attach", volume.id):
            raise exception.VolumeBackendAPIException(data="the disk cannot be reached")
        return {"driver_volume_type": "fake", "data": {"volume_id": volume.id, "access_mode": "rw"}}

    def terminate_connection(self, volume, connector, **kwargs):
        work(volume)
