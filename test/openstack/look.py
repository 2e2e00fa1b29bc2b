"""Prints what OpenStack shows of the project, a line of JSON for each line that it reads, in the words of the tests
(`test/graphs/seen.ts`). It asks with OpenStack's own SDK, which has nothing to do with belay. The cloud is found by
OS_AUTH_URL and its like.
"""

import json
import sys

import openstack

cloud = openstack.connect()
states = {"ACTIVE": "running", "SHUTOFF": "stopped", "VERIFY_RESIZE": "resized"}
flavors = {flavor.id: flavor.name for flavor in cloud.compute.flavors()}


def look():
    # One that has ended is shown for a moment more.
    servers = [one for one in cloud.compute.servers() if one.status != "DELETED"]
    volumes = list(cloud.block_storage.volumes())
    ports = [p for p in cloud.network.ports() if p.device_owner.startswith("compute:") or not p.device_owner]
    ids = {server.id for server in servers}
    server_of_port = {port.id: port.device_id for port in ports}

    # The server's side of each disk: what it says must be what the volume says.
    on_server = {
        (one.volume_id, server.id): bool(one.delete_on_termination)
        for server in servers
        for one in cloud.compute.volume_attachments(server)
    }
    on_volume = {(volume.id, one["server_id"]) for volume in volumes for one in volume.attachments}

    return {
        "servers": [
            {
                "id": one.id,
                "name": one.name,
                "state": states.get(one.status, one.status),
                "type": one.flavor.original_name or flavors.get(one.flavor.id),
            }
            for one in servers
        ],
        "volumes": [
            {
                "id": one.id,
                "sizeGiB": one.size,
                "on": [
                    each["server_id"] if one.status == "in-use" else f"{one.status} {each['server_id']}"
                    for each in one.attachments
                ],
                "dies": any(on_server.get((one.id, each["server_id"])) for each in one.attachments),
            }
            for one in volumes
        ],
        "snapshots": [{"id": one.id, "volumeId": one.volume_id} for one in cloud.block_storage.snapshots()],
        "addresses": [
            {"id": one.id, "on": server_of_port.get(one.port_id) if one.port_id else None}
            for one in cloud.network.ips()
        ],
        "strays": [
            *[f"port {port.id} of {port.device_id or 'nothing'}" for port in ports if port.device_id not in ids],
            *[f"{server} lists {volume}, which is not on it" for volume, server in on_server.keys() - on_volume],
            *[f"{volume} is on {server}, which does not list it" for volume, server in on_volume - on_server.keys()],
        ],
    }


def look_once():
    while True:
        try:
            return look()
        except openstack.exceptions.ResourceNotFound:
            # A server that was just listed has ended since.
            continue


for _ in sys.stdin:
    print(json.dumps(look_once()), flush=True)
