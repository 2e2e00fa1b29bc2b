"""Looks at the project with OpenStack's own SDK, which has nothing to do with belay, and says what is not as it
should be.

usage: check.py list
       check.py judge NAME VOLUME ADDRESS SOURCE source|target|nothing BEFORE

`list` prints the ids of all that is in the project. `judge` looks at all that is not in the file BEFORE, which `list`
has written: with the swap's servers, its one volume and its one address there must be nothing else, whatever its name.
It prints one line for each problem and ends with 1 if there is any. The cloud is found by OS_AUTH_URL and its like.
"""

import json
import sys

import openstack

cloud = openstack.connect()


def in_project():
    ports = [p for p in cloud.network.ports() if p.device_owner.startswith("compute:") or not p.device_owner]
    return {
        "servers": list(cloud.compute.servers()),
        "volumes": list(cloud.block_storage.volumes()),
        "snapshots": list(cloud.block_storage.snapshots()),
        "addresses": list(cloud.network.ips()),
        "ports": ports,
    }


def expect(holds, sentence):
    if not holds:
        problems.append(sentence)


if sys.argv[1] == "list":
    print(json.dumps([one.id for kind in in_project().values() for one in kind]))
    sys.exit(0)

name, volume_id, address_id, source_id, where, before = sys.argv[2:]
with open(before) as file:
    known = set(json.load(file))
found = {kind: [one for one in all if one.id not in known] for kind, all in in_project().items()}
ids = {kind: sorted(one.id for one in all) for kind, all in found.items()}
problems = []

expect(ids["snapshots"] == [], f"snapshots are left: {ids['snapshots']}")
if where == "nothing":
    for kind, left in ids.items():
        expect(left == [], f"{kind} are left: {left}")
else:
    servers = {server.id: server for server in found["servers"]}
    count = 2 if where == "target" else 1
    expect(source_id in servers, f"the source {source_id} is gone")
    expect(len(servers) == count, f"there are {len(servers)} servers and not {count}: {ids['servers']}")
    target_id = next((one for one in servers if one != source_id), None)
    holder = source_id if where == "source" else target_id

    expect(ids["volumes"] == [volume_id], f"the volumes are {ids['volumes']} and not {volume_id} alone")
    for volume in found["volumes"]:
        on = [one["server_id"] for one in volume.attachments]
        expect(volume.status == "in-use" and on == [holder], f"{volume.id} is {volume.status} on {on}, not {holder}")
    for server in servers.values():
        attached = {one.volume_id: one for one in cloud.compute.volume_attachments(server)}
        wanted = [volume_id] if server.id == holder else []
        expect(sorted(attached) == wanted, f"{server.id} lists the volumes {sorted(attached)} and not {wanted}")
        for one in attached.values():
            expect(not one.delete_on_termination, f"{one.volume_id} would die with {server.id}")
        kept = server.id == source_id and where == "target"
        wanted_name = f"{name}-superseded" if kept else name
        expect(server.name == wanted_name, f"{server.id} is called {server.name} and not {wanted_name}")

    ports = {port.id: port for port in found["ports"]}
    expect(len(ports) == count, f"there are {len(ports)} ports and not {count}: {ids['ports']}")
    expect(ids["addresses"] == [address_id], f"the addresses are {ids['addresses']} and not {address_id} alone")
    for address in found["addresses"]:
        port = ports.get(address.port_id)
        leads_to = port.device_id if port is not None else None
        expect(leads_to == holder, f"{address.floating_ip_address} leads to {leads_to} and not to {holder}")

for problem in problems:
    print(problem)
sys.exit(1 if problems else 0)
