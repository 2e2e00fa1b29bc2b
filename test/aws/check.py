"""Looks at the cloud with a client that has nothing to do with belay, and says what is not as it should be.

usage: check.py NAME VOLUME ADDRESS SOURCE source|target|nothing

It counts everything that carries the tag belay:example=NAME, and every volume that is attached to nothing. Prints one
line for each problem; ends with 1 if there is any.
"""

import sys

import boto3

name, volume_id, address_id, source_id, where = sys.argv[1:]
ec2 = boto3.client("ec2")
tagged = [{"Name": "tag:belay:example", "Values": [name]}]
problems = []


def expect(holds, sentence):
    if not holds:
        problems.append(sentence)


def name_of(instance):
    return next((tag["Value"] for tag in instance.get("Tags", []) if tag["Key"] == "Name"), None)


instances = [
    instance
    for page in ec2.get_paginator("describe_instances").paginate(Filters=tagged)
    for reservation in page["Reservations"]
    for instance in reservation["Instances"]
    if instance["State"]["Name"] not in ("terminated", "shutting-down")
]
volumes = [v for page in ec2.get_paginator("describe_volumes").paginate(Filters=tagged) for v in page["Volumes"]]
loose = [
    v["VolumeId"]
    for page in ec2.get_paginator("describe_volumes").paginate()
    for v in page["Volumes"]
    if not v["Attachments"]
]
addresses = ec2.describe_addresses(Filters=tagged)["Addresses"]

if where == "nothing":
    expect(instances == [], f"servers are left: {[i['InstanceId'] for i in instances]}")
    expect(volumes == [], f"volumes are left: {[v['VolumeId'] for v in volumes]}")
    expect(addresses == [], f"addresses are left: {[a['AllocationId'] for a in addresses]}")
else:
    ids = {i["InstanceId"] for i in instances}
    expect(source_id in ids, f"the source {source_id} is gone")
    count = 2 if where == "target" else 1
    expect(len(ids) == count, f"there are {len(ids)} servers and not {count}: {sorted(ids)}")
    targets = ids - {source_id}
    holder = source_id if where == "source" else next(iter(targets), None)

    expect([v["VolumeId"] for v in volumes] == [volume_id], f"the data volumes are {[v['VolumeId'] for v in volumes]}")
    for volume in volumes:
        on = [(a["InstanceId"], a["State"]) for a in volume["Attachments"]]
        expect(on == [(holder, "attached")], f"{volume['VolumeId']} is on {on} and not on {holder}")
    for instance in instances:
        disks = {m["Ebs"]["VolumeId"]: m["Ebs"] for m in instance["BlockDeviceMappings"]}
        here = instance["InstanceId"] == holder
        expect(
            (volume_id in disks) == here,
            f"{instance['InstanceId']} lists the volumes {sorted(disks)}",
        )
        expect(
            not disks.get(volume_id, {}).get("DeleteOnTermination", False),
            f"{volume_id} would die with {instance['InstanceId']}",
        )
        kept = instance["InstanceId"] == source_id and where == "target"
        expected_name = f"{name}-superseded" if kept else name
        expect(
            name_of(instance) == expected_name,
            f"{instance['InstanceId']} is called {name_of(instance)} and not {expected_name}",
        )
    expect(
        [(a["AllocationId"], a.get("InstanceId")) for a in addresses] == [(address_id, holder)],
        f"the addresses are {[(a['AllocationId'], a.get('InstanceId')) for a in addresses]}",
    )

expect(loose == [], f"volumes are attached to nothing: {loose}")

for problem in problems:
    print(problem)
sys.exit(1 if problems else 0)
