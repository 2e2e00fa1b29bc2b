"""Nova's own driver without guests, with two things that guests do: they outlive nova-compute, and they may hold on
to a disk."""

import time

from nova import context as contexts
from nova import exception, objects
from nova.virt import fake

from belay_stack import faults

PATIENCE_S = 0.3


class NoGuests(fake.FakeDriver):
    def init_host(self, host):
        super().init_host(host)
        admin = contexts.get_admin_context()
        for instance in objects.InstanceList.get_by_host(admin, host, expected_attrs=["info_cache"]):
            guest = fake.FakeInstance(instance.name, instance.power_state, instance.uuid)
            self.instances[instance.uuid] = guest
            for port in instance.get_network_info():
                self._interfaces[port["id"]] = port

    def detach_volume(self, context, connection_info, instance, mountpoint, encryption=None):
        volume = connection_info["data"]["volume_id"]
        if faults.is_there("hold-disk", volume):
            # Libvirt's driver asks a guest eight times within minutes.
            time.sleep(PATIENCE_S)
        if faults.is_there("hold-disk", volume) or faults.fails("fail-detach", volume):
            raise exception.DeviceDetachFailed(device=mountpoint, reason="the guest does not let go")
        super().detach_volume(context, connection_info, instance, mountpoint, encryption)
