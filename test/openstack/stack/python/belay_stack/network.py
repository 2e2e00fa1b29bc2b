"""A network without agents: ML2 binds each port itself, and a floating IP is up as soon as it leads somewhere.

Nobody forwards a packet. The states are those that an L2 and an L3 agent would report.
"""

from neutron_lib import constants, context
from neutron_lib.callbacks import events, registry, resources
from neutron_lib.plugins import constants as plugins
from neutron_lib.plugins import directory
from neutron_lib.plugins.ml2 import api


class WithoutAgents(api.MechanismDriver):
    def initialize(self):
        registry.subscribe(report_status, resources.FLOATING_IP, events.AFTER_CREATE)
        registry.subscribe(report_status, resources.FLOATING_IP, events.AFTER_UPDATE)

    def bind_port(self, port):
        segment = port.segments_to_bind[0]
        port.set_binding(segment[api.ID], "other", {}, status=constants.PORT_STATUS_ACTIVE)


def report_status(resource, event, trigger, payload):
    address = payload.latest_state
    up = address["port_id"] is not None
    status = constants.FLOATINGIP_STATUS_ACTIVE if up else constants.FLOATINGIP_STATUS_DOWN
    if address["status"] != status:
        router = directory.get_plugin(plugins.L3)
        router.update_floatingip_status(context.get_admin_context(), address["id"], status)
