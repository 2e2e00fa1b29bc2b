"""A filter of Nova's scheduler that a test can have say no: no host is left, as when hardware is out of stock."""

from nova.scheduler import filters

from belay_stack import faults


class Stock(filters.BaseHostFilter):
    def host_passes(self, host_state, spec_obj):
        return not faults.fails("fail-schedule", spec_obj.project_id)
