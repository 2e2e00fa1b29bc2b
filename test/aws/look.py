"""Prints what EC2 shows of the account, a line of JSON for each line that it reads, in the words of the tests
(`test/graphs/seen.ts`). It asks with a client that has nothing to do with belay, and leaves out nothing but what is
terminated: also what carries no tag.
"""

import json
import sys

import boto3

ec2 = boto3.client("ec2")


def listed(call, key, **arguments):
    return [one for page in ec2.get_paginator(call).paginate(**arguments) for one in page[key]]


def name_of(thing):
    return next((tag["Value"] for tag in thing.get("Tags", []) if tag["Key"] == "Name"), "")


def look():
    instances = [
        instance
        for reservation in listed("describe_instances", "Reservations")
        for instance in reservation["Instances"]
        if instance["State"]["Name"] not in ("terminated", "shutting-down")
    ]
    roots = {
        mapping["Ebs"]["VolumeId"]
        for instance in instances
        for mapping in instance["BlockDeviceMappings"]
        if mapping["DeviceName"] == instance.get("RootDeviceName")
    }
    # The instance's side of each disk: what it says must be what the volume says.
    on_instance = {
        (mapping["Ebs"]["VolumeId"], instance["InstanceId"]): mapping["Ebs"].get("DeleteOnTermination", False)
        for instance in instances
        for mapping in instance["BlockDeviceMappings"]
    }
    volumes = [one for one in listed("describe_volumes", "Volumes") if one["VolumeId"] not in roots]
    on_volume = {(one["VolumeId"], each["InstanceId"]) for one in volumes for each in one["Attachments"]}

    return {
        "servers": [
            {
                "id": one["InstanceId"],
                "name": name_of(one),
                "state": one["State"]["Name"],
                "type": one["InstanceType"],
            }
            for one in instances
        ],
        "volumes": [
            {
                "id": one["VolumeId"],
                "sizeGiB": one["Size"],
                "on": [
                    each["InstanceId"] if each["State"] == "attached" else f"{each['State']} {each['InstanceId']}"
                    for each in one["Attachments"]
                ],
                "dies": any(on_instance.get((one["VolumeId"], each["InstanceId"])) for each in one["Attachments"]),
            }
            for one in volumes
        ],
        "snapshots": [
            {"id": one["SnapshotId"], "volumeId": one["VolumeId"]}
            for one in listed("describe_snapshots", "Snapshots", OwnerIds=["self"])
        ],
        "addresses": [
            {"id": one["AllocationId"], "on": one.get("InstanceId") or None}
            for one in ec2.describe_addresses()["Addresses"]
        ],
        "strays": [
            f"{instance} lists {volume}, which is not on it"
            for volume, instance in sorted(on_instance)
            if volume not in roots and (volume, instance) not in on_volume
        ],
    }


for _ in sys.stdin:
    print(json.dumps(look()), flush=True)
