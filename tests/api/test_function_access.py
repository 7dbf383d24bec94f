"""Who may do what in the Lambda API: policies on functions and on event source mappings."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from tests.api.accounts import Account, allow
from tests.api.making import refusal
from tests.functions import create_function, create_table, package
from tests.servers import REGION

LAMBDA = f"arn:aws:lambda:{REGION}:000000000000"
MISSING = "00000000-0000-4000-8000-000000000000"
SOURCE = "def handler(event, context):\n    return event\n"


class Scene(NamedTuple):
    """Two functions, and a mapping of each."""

    role: str
    mine: str
    other: str
    stream: str
    my_mapping: str
    other_mapping: str


@pytest.fixture(scope="module")
def scene(account: Account) -> Scene:
    functions = account.server.client("lambda")
    _, stream = create_table(account.admin)
    role = account.role("Scene", allow("dynamodb:*"))
    names = [create_function(functions, SOURCE, Role=role) for _ in range(2)]
    mappings = [
        functions.create_event_source_mapping(
            EventSourceArn=stream, FunctionName=name, StartingPosition="LATEST", Enabled=False
        )["UUID"]
        for name in names
    ]
    return Scene(role, names[0], names[1], stream, mappings[0], mappings[1])


def function(name: str) -> str:
    return f"{LAMBDA}:function:{name}"


def mapping(uuid: str) -> str:
    return f"{LAMBDA}:event-source-mapping:{uuid}"


def denied(user: str, action: str, resource: str) -> tuple[str, str]:
    text = (
        f"User: arn:aws:iam::000000000000:user/{user} is not authorized to perform: {action} on "
        f"resource: {resource} because no identity-based policy allows the {action} action"
    )
    return "AccessDeniedException", text


def test_access_to_a_single_function(account, scene):
    keys = account.user("ana", allow("lambda:*", on=function(scene.mine)))
    ana = account.client(keys, "lambda")
    assert ana.invoke(FunctionName=scene.mine, Payload=b"1")["Payload"].read() == b"1"
    assert ana.get_function(FunctionName=function(scene.mine))
    assert ana.list_tags(Resource=function(scene.mine))["Tags"] == {}
    ana.update_function_code(FunctionName=scene.mine, ZipFile=package(SOURCE))
    ana.tag_resource(Resource=function(scene.mine), Tags={"a": "b"})
    for call, action in (
        (ana.invoke, "InvokeFunction"),
        (ana.get_function, "GetFunction"),
        (ana.get_policy, "GetPolicy"),
        (ana.delete_function, "DeleteFunction"),
    ):
        found = refusal(call, FunctionName=scene.other)
        assert found == denied("ana", f"lambda:{action}", function(scene.other))
    found = refusal(ana.untag_resource, Resource=function(scene.other), TagKeys=["a"])
    assert found == denied("ana", "lambda:UntagResource", function(scene.other))
    # Lists are about all of them.
    assert refusal(ana.list_functions) == denied("ana", "lambda:ListFunctions", "*")


def test_whoever_may_list_may_no_more(account, scene):
    keys = account.user("len", allow("lambda:ListFunctions", "lambda:ListEventSourceMappings"))
    lister = account.client(keys, "lambda")
    assert len(lister.list_functions()["Functions"]) >= 2
    assert len(lister.list_event_source_mappings()["EventSourceMappings"]) >= 2
    found = refusal(lister.get_event_source_mapping, UUID=scene.my_mapping)
    assert found == denied("len", "lambda:GetEventSourceMapping", mapping(scene.my_mapping))


def test_invoking_a_version_by_name_is_another_resource(account, scene):
    arn = function(scene.mine)
    plain = account.client(account.user("ivo", allow("lambda:InvokeFunction", on=arn)), "lambda")
    assert plain.invoke(FunctionName=scene.mine)["StatusCode"] == 200
    latest = denied("ivo", "lambda:InvokeFunction", f"{arn}:$LATEST")
    assert refusal(plain.invoke, FunctionName=scene.mine, Qualifier="$LATEST") == latest
    assert refusal(plain.invoke, FunctionName=f"{arn}:$LATEST") == latest
    account.allow("ivo", allow("lambda:InvokeFunction", on=f"{arn}:*"))
    assert plain.invoke(FunctionName=scene.mine, Qualifier="$LATEST")["StatusCode"] == 200
    assert refusal(plain.invoke, FunctionName=scene.mine)[0] == "AccessDeniedException"


def test_mappings_of_one_function(account, scene):
    """Lambda developer guide, "Fine-tuning the Resources and Conditions sections of policies"."""
    condition = {"ArnEquals": {"lambda:FunctionArn": function(scene.mine)}}
    keys = account.user("mia", allow("lambda:*", Condition=condition))
    mia = account.client(keys, "lambda")
    assert mia.get_event_source_mapping(UUID=scene.my_mapping)
    assert mia.update_event_source_mapping(UUID=scene.my_mapping, BatchSize=7)["BatchSize"] == 7
    for call, action in (
        (mia.get_event_source_mapping, "GetEventSourceMapping"),
        (mia.update_event_source_mapping, "UpdateEventSourceMapping"),
        (mia.delete_event_source_mapping, "DeleteEventSourceMapping"),
    ):
        found = refusal(call, UUID=scene.other_mapping)
        assert found == denied("mia", f"lambda:{action}", mapping(scene.other_mapping))
    # Nor may it deliver to another function from now on.
    update = {"UUID": scene.my_mapping, "FunctionName": scene.other}
    found = refusal(mia.update_event_source_mapping, **update)
    assert found == denied("mia", "lambda:UpdateEventSourceMapping", mapping(scene.my_mapping))
    _, stream = create_table(account.admin)
    made = {"EventSourceArn": stream, "StartingPosition": "LATEST", "Enabled": False}
    found = refusal(mia.create_event_source_mapping, FunctionName=scene.other, **made)
    assert found == denied("mia", "lambda:CreateEventSourceMapping", "*")
    uuid = mia.create_event_source_mapping(FunctionName=scene.mine, **made)["UUID"]
    mia.delete_event_source_mapping(UUID=uuid)


def test_access_to_a_single_mapping(account, scene):
    keys = account.user("max", allow("lambda:*", on=mapping(scene.my_mapping)))
    client = account.client(keys, "lambda")
    assert client.get_event_source_mapping(UUID=scene.my_mapping)
    assert client.list_tags(Resource=mapping(scene.my_mapping))["Tags"] == {}
    found = refusal(client.get_event_source_mapping, UUID=scene.other_mapping)
    assert found == denied("max", "lambda:GetEventSourceMapping", mapping(scene.other_mapping))
    # Whether one is there is told to those who may ask.
    missing = mapping(MISSING)
    found = refusal(client.get_event_source_mapping, UUID=MISSING)
    assert found == denied("max", "lambda:GetEventSourceMapping", missing)
    account.allow("max", allow("lambda:*", on=missing))
    found = refusal(client.get_event_source_mapping, UUID=MISSING)
    assert found[0] == "ResourceNotFoundException"


def test_tags_of_a_new_function_are_asked_for(account, scene):
    passing = allow("iam:PassRole", on=scene.role)
    wanted = {"StringEquals": {"aws:RequestTag/team": "red"}}
    keys = account.user("tom", allow("lambda:CreateFunction", Condition=wanted), passing)
    tom = account.client(keys, "lambda")
    members = {
        "FunctionName": "tagged", "Role": scene.role, "Runtime": "python3.12",
        "Handler": "handler.handler", "Code": {"ZipFile": package(SOURCE)},
    }  # fmt: skip
    arn = function("tagged")
    denial = denied("tom", "lambda:CreateFunction", arn)
    assert refusal(tom.create_function, **members) == denial
    assert refusal(tom.create_function, **members, Tags={"team": "blue"}) == denial
    red = {**members, "Tags": {"team": "red"}}
    assert refusal(tom.create_function, **red) == denied("tom", "lambda:TagResource", arn)
    both = allow("lambda:CreateFunction", "lambda:TagResource", Condition=wanted)
    account.allow("tom", both, passing)
    assert tom.create_function(**red)["FunctionArn"] == arn


def test_what_is_refused_changes_nothing_and_bad_input_is_told_first(account, scene):
    nobody: Any = account.client(account.user("nil"), "lambda")
    found = refusal(nobody.delete_event_source_mapping, UUID=scene.my_mapping)
    assert found[0] == "AccessDeniedException"
    admin = account.server.client("lambda")
    assert admin.get_event_source_mapping(UUID=scene.my_mapping)["State"] == "Disabled"
    found = refusal(nobody.update_function_configuration, FunctionName="a b")
    assert found[0] == "ValidationException"


def test_tags_of_functions_and_mappings(account, scene):
    """Lambda developer guide, "Using attribute-based access control in Lambda"."""
    admin = account.server.client("lambda")
    tagged, plain = (
        create_function(admin, SOURCE, Role=scene.role, **members)
        for members in ({"Tags": {"Team": "red"}}, {})
    )
    red = {"StringEquals": {"aws:ResourceTag/team": "red"}}
    keys = account.user("rob", allow("lambda:*", Condition=red))
    rob = account.client(keys, "lambda")
    assert rob.invoke(FunctionName=tagged)["StatusCode"] == 200
    assert rob.list_tags(Resource=function(tagged))["Tags"] == {"Team": "red"}
    found = refusal(rob.invoke, FunctionName=plain)
    assert found == denied("rob", "lambda:InvokeFunction", function(plain))
    # A tag counts from the next request on.
    admin.tag_resource(Resource=function(plain), Tags={"team": "red"})
    assert rob.invoke(FunctionName=plain)["StatusCode"] == 200
    admin.untag_resource(Resource=function(tagged), TagKeys=["Team"])
    assert refusal(rob.invoke, FunctionName=tagged)[0] == "AccessDeniedException"
    admin.tag_resource(Resource=mapping(scene.my_mapping), Tags={"team": "red"})
    assert rob.get_event_source_mapping(UUID=scene.my_mapping)
    found = refusal(rob.get_event_source_mapping, UUID=scene.other_mapping)
    assert found == denied("rob", "lambda:GetEventSourceMapping", mapping(scene.other_mapping))
    admin.untag_resource(Resource=mapping(scene.my_mapping), TagKeys=["team"])
