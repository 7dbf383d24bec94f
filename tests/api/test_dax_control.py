"""DAX's control API as boto3 and Terraform use it, and its effects on clusters.

Answers have the form of those in the examples of the AWS CLI (`examples/dax`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.api.dax_clients import dax_client
from tests.api.dax_clusters import cluster_in, create
from tests.api.making import make, refusal
from tests.conftest import StartServer
from tests.servers import RunningServer
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    scratch = tmp_path_factory.mktemp("control")
    started = RunningServer(scratch, "--memory", "--dax", "--dax-port", "0")
    yield started
    started.end_well()


@pytest.fixture(scope="module")
def control(server: RunningServer) -> Any:
    return server.client("dax")


def gone(control: Any, name: str) -> bool:
    try:
        control.describe_clusters(ClusterNames=[name])
    except control.exceptions.ClusterNotFoundFault:
        return True
    return False


def test_a_cluster_from_its_creation_to_its_end(control: Any, server: RunningServer) -> None:
    control.create_parameter_group(ParameterGroupName="short", Description="d")
    control.update_parameter_group(
        ParameterGroupName="short",
        ParameterNameValues=[{"ParameterName": "record-ttl-millis", "ParameterValue": "1000"}],
    )
    control.create_subnet_group(SubnetGroupName="nets", SubnetIds=["subnet-1", "subnet-2"])
    made = create(
        control, "My-Cluster", ReplicationFactor=3, ParameterGroupName="short",
        SubnetGroupName="nets", Description="mine", Tags=[{"Key": "a", "Value": "b"}],
        SecurityGroupIds=["sg-1"], PreferredMaintenanceWindow="mon:01:00-mon:02:00",
        SSESpecification={"Enabled": True},
    )  # fmt: skip
    assert (made["Status"], made["TotalNodes"], made["ActiveNodes"]) == ("creating", 3, 0)
    assert "Nodes" not in made
    found = cluster_in(control, "my-cluster")
    assert [node["NodeId"] for node in found["Nodes"]] == [f"my-cluster-{c}" for c in "abc"]
    assert found["ClusterDiscoveryEndpoint"]["URL"].startswith("dax://127.0.0.1:")
    assert found["SSEDescription"] == {"Status": "ENABLED"}
    assert control.list_tags(ResourceName=found["ClusterArn"])["Tags"] == [
        {"Key": "a", "Value": "b"}
    ]
    table = make(server.client(), "pk")
    client = dax_client(server, "my-cluster")
    key = {"pk": {"S": "k"}}
    assert client.get_item(TableName=table, Key=key) == {}
    server.client().put_item(TableName=table, Item=key)
    assert client.get_item(TableName=table, Key=key) == {}
    wait_until(lambda: client.get_item(TableName=table, Key=key) == {"Item": key})
    client.close()
    for call, name in (
        (control.delete_parameter_group, {"ParameterGroupName": "short"}),
        (control.delete_subnet_group, {"SubnetGroupName": "nets"}),
    ):
        assert refusal(call, **name)[1].endswith("is in use.")
    deleted = control.delete_cluster(ClusterName="my-cluster")["Cluster"]
    assert (deleted["Status"], deleted["TotalNodes"], deleted["ActiveNodes"]) == ("deleting", 3, 0)
    assert "Nodes" not in deleted
    wait_until(lambda: gone(control, "my-cluster"))
    control.delete_parameter_group(ParameterGroupName="short")
    control.delete_subnet_group(SubnetGroupName="nets")
    events = control.describe_events()["Events"]
    assert all(event["Date"].microsecond % 1000 == 0 for event in events)
    told = [event["Message"] for event in events]
    assert "Cluster created." in told
    assert "Cluster deleted." in told


def test_reboot_empties_the_caches_and_clusters_are_apart(
    control: Any, server: RunningServer
) -> None:
    create(control, "other")
    cluster_in(control, "other")
    table, key = make(server.client(), "pk"), {"pk": {"S": "k"}}
    first, other = dax_client(server), dax_client(server, "other")
    for client in (first, other):
        assert client.get_item(TableName=table, Key=key) == {}
    first.put_item(TableName=table, Item=key)
    assert first.get_item(TableName=table, Key=key) == {"Item": key}
    assert other.get_item(TableName=table, Key=key) == {}
    control.reboot_node(ClusterName="other", NodeId="other-a")
    wait_until(lambda: other.get_item(TableName=table, Key=key))
    for client in (first, other):
        client.close()
    control.delete_cluster(ClusterName="other")


def test_nodes_come_and_go(control: Any) -> None:
    create(control, "nodes")
    cluster_in(control, "nodes")
    more = control.increase_replication_factor(ClusterName="nodes", NewReplicationFactor=3)[
        "Cluster"
    ]
    assert (more["Status"], more["TotalNodes"], more["ActiveNodes"]) == ("modifying", 3, 1)
    new = [{"NodeId": f"nodes-{letter}", "NodeStatus": "creating"} for letter in "bc"]
    assert more["Nodes"][1:] == new
    assert cluster_in(control, "nodes")["ActiveNodes"] == 3
    fewer = control.decrease_replication_factor(
        ClusterName="nodes", NewReplicationFactor=2, NodeIdsToRemove=["nodes-b"]
    )["Cluster"]
    assert (fewer["Status"], fewer["TotalNodes"], fewer["ActiveNodes"]) == ("modifying", 3, 3)
    left = cluster_in(control, "nodes")["Nodes"]
    assert [node["NodeId"] for node in left] == ["nodes-a", "nodes-c"]
    assert refusal(control.reboot_node, ClusterName="nodes", NodeId="nodes-b")[0] == (
        "NodeNotFoundFault"
    )
    control.delete_cluster(ClusterName="nodes")
    assert wait_until(lambda: gone(control, "nodes")), "the next test counts the clusters"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"ClusterName": "9x"}, "InvalidParameterValueException"),
        ({"ClusterName": "a--b"}, "InvalidParameterValueException"),
        ({"ClusterName": "a" * 21}, "InvalidParameterValueException"),
        ({"ClusterName": "jedlik"}, "ClusterAlreadyExistsFault"),
        ({"NodeType": "large"}, "InvalidParameterValueException"),
        ({"ReplicationFactor": 12}, "NodeQuotaForClusterExceededFault"),
        ({"ReplicationFactor": 0}, "InvalidParameterValueException"),
        ({"IamRoleArn": "role"}, "InvalidParameterValueException"),
        ({"ParameterGroupName": "none"}, "ParameterGroupNotFoundFault"),
        ({"SubnetGroupName": "none"}, "SubnetGroupNotFoundFault"),
        ({"AvailabilityZones": ["a", "b"]}, "InvalidParameterCombinationException"),
        ({"Tags": [{"Key": "aws:x"}]}, "InvalidParameterValueException"),
        ({"PreferredMaintenanceWindow": "now"}, "InvalidParameterValueException"),
        ({"ClusterEndpointEncryptionType": "TLS"}, "InvalidParameterCombinationException"),
    ],
)
def test_what_is_refused(control: Any, wrong: dict[str, Any], code: str) -> None:
    before = control.describe_clusters()["Clusters"]
    with pytest.raises(ClientError) as refused:
        create(control, wrong.pop("ClusterName", "fine"), **wrong)
    assert refused.value.response["Error"]["Code"] == code
    assert control.describe_clusters()["Clusters"] == before


def test_parameters_of_groups_and_their_defaults(control: Any) -> None:
    defaults = control.describe_default_parameters()["Parameters"]
    assert {each["ParameterName"]: each["ParameterValue"] for each in defaults} == {
        "query-ttl-millis": "300000", "record-ttl-millis": "300000",
    }  # fmt: skip
    shown = {
        (each["Description"], each["Source"], each["AllowedValues"], each["ChangeType"])
        for each in defaults
    }
    assert shown == {
        ("Duration in milliseconds for queries to remain cached", "user", "0-", "IMMEDIATE"),
        (
            "Duration in milliseconds for records to remain valid in cache (Default: 0 = infinite)",
            "user", "0-", "IMMEDIATE",
        ),
    }  # fmt: skip
    of_default = {"ParameterGroupName": "default.dax1.0"}
    assert control.describe_parameters(**of_default)["Parameters"] == defaults
    for name, value in (("none", "1"), ("record-ttl-millis", "-1"), ("record-ttl-millis", "x")):
        values = [{"ParameterName": name, "ParameterValue": value}]
        control.create_parameter_group(ParameterGroupName="pg")
        code, _ = refusal(
            control.update_parameter_group, ParameterGroupName="pg", ParameterNameValues=values
        )
        assert code == "InvalidParameterValueException"
        control.delete_parameter_group(ParameterGroupName="pg")
    assert refusal(control.delete_parameter_group, **of_default)[0] == (
        "InvalidParameterGroupStateFault"
    )


def test_the_default_subnet_group_stays_as_it_is(control: Any) -> None:
    named = {"SubnetGroupNames": ["default"]}
    before = control.describe_subnet_groups(**named)["SubnetGroups"]
    assert before[0]["Description"] == "Default CacheSubnetGroup"
    for call in (control.update_subnet_group, control.delete_subnet_group):
        assert refusal(call, SubnetGroupName="default") == (
            "InvalidParameterValueException", "default is reserved and cannot be modified.",
        )  # fmt: skip
    assert control.describe_subnet_groups(**named)["SubnetGroups"] == before


def test_groups_without_a_description(control: Any) -> None:
    of_subnets = control.create_subnet_group(SubnetGroupName="bare", SubnetIds=["subnet-1"])
    assert "Description" not in of_subnets["SubnetGroup"]
    control.delete_subnet_group(SubnetGroupName="bare")
    of_parameters = control.create_parameter_group(ParameterGroupName="bare")
    assert of_parameters["ParameterGroup"] == {"ParameterGroupName": "bare"}
    control.delete_parameter_group(ParameterGroupName="bare")


def test_clusters_are_tagged_and_untagged(control: Any) -> None:
    arn = control.describe_clusters(ClusterNames=["jedlik"])["Clusters"][0]["ClusterArn"]
    control.tag_resource(ResourceName=arn, Tags=[{"Key": "k", "Value": "v"}])
    assert control.untag_resource(ResourceName=arn, TagKeys=["k"])["Tags"] == []
    assert refusal(control.untag_resource, ResourceName=arn, TagKeys=["k"])[0] == (
        "TagNotFoundFault"
    )
    assert refusal(control.list_tags, ResourceName="arn:x")[0] == "InvalidARNFault"
    assert refusal(control.list_tags, ResourceName=f"{arn}x")[0] == "ClusterNotFoundFault"


def test_a_server_without_clusters_says_so(start_server: StartServer) -> None:
    control = start_server("--memory").client("dax")
    assert control.describe_clusters()["Clusters"] == []
    with pytest.raises(ClientError, match="without --dax"):
        create(control, "none")


def test_encrypted_connections(
    start_server: StartServer, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "tls"
    server = start_server(
        "--memory", "--dax", "--dax-port", "0", "--dax-tls-port", "0", "--tls", "auto",
        "--tls-directory", directory, trust=directory / "ca.pem",
    )  # fmt: skip
    monkeypatch.setenv("SSL_CERT_FILE", str(directory / "ca.pem"))
    table, key = make(server.client(), "pk"), {"pk": {"S": "k"}}
    found = server.client("dax").describe_clusters(ClusterNames=["jedlik-tls"])["Clusters"][0]
    assert found["ClusterEndpointEncryptionType"] == "TLS"
    assert found["ClusterDiscoveryEndpoint"]["URL"].startswith("daxs://")
    client = dax_client(server, "jedlik-tls", skip_hostname_verification=True)
    client.put_item(TableName=table, Item=key)
    assert client.get_item(TableName=table, Key=key) == {"Item": key}
    client.close()
