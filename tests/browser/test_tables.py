"""Tables: seen, made with a form, changed, deleted with the name typed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, Response, Route, expect

from tests.browser.conftest import OpenPage, press
from tests.conftest import StartServer
from tests.servers import RunningServer, environment

pytestmark = pytest.mark.console
MANY = 150
"""Tables: more than a page of ListTables, and than a screen shows."""


def test_all_tables_stand_in_one_grid(page: Page, console: RunningServer) -> None:
    count = console.client().describe_table(TableName="Orders")["Table"]["ItemCount"]
    row = page.get_by_role("grid").get_by_role("row").filter(has_text="Orders")
    expect(row).to_contain_text(f"{count:,}")
    expect(row).to_contain_text("byStatus")
    expect(row.get_by_title("NEW_AND_OLD_IMAGES")).to_have_text("new, old")


def test_the_count_of_a_large_table_is_not_cut_off(page: Page) -> None:
    def grown(route: Route) -> None:
        answer = route.fetch()
        described = json.loads(answer.text())
        if "Table" in described:
            described["Table"]["ItemCount"] = 10_000_000
        route.fulfill(response=answer, json=described)

    page.route(lambda address: urlsplit(address).path == "/", grown)
    page.reload()
    cell = page.get_by_role("grid").get_by_role("gridcell", name="10,000,000").first
    expect(cell).to_be_visible()
    fits = "node => node.scrollWidth <= node.clientWidth"
    assert cell.evaluate(f"cell => [cell, ...cell.children].every({fits})")


def test_a_table_is_made_changed_and_deleted(page: Page, console: RunningServer) -> None:
    client = console.client()
    page.get_by_role("link", name="New table").first.click()
    name = page.get_by_label("Name", exact=True)
    expect(name).to_have_attribute("title", re.compile("3 to 255"))  # part of the browser's error
    name.fill("Made")
    page.get_by_label("Partition key", exact=True).fill("Id")
    page.get_by_label("Sort key", exact=True).fill("At")
    page.get_by_label("Sort key: Type").select_option("N")
    page.get_by_role("button", name="+ index").click()
    index = page.get_by_role("group", name="Index")
    index.get_by_label("Index name").fill("byKind")
    page.get_by_role("group", name="byKind").get_by_label("Partition key").fill("Kind")
    page.get_by_label("Time to live: attribute").fill("Gone")
    page.get_by_label("Tags").fill("stage=test")
    expect(page.locator("aside")).to_contain_text("aws dynamodb create-table")
    page.get_by_role("button", name="Create table").click()
    expect(page).to_have_url(re.compile(r"/console/t/Made/items$"))
    table = client.describe_table(TableName="Made")["Table"]
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["Id", "At"]
    assert table["GlobalSecondaryIndexes"][0]["IndexName"] == "byKind"
    ttl = client.describe_time_to_live(TableName="Made")["TimeToLiveDescription"]
    assert ttl["AttributeName"] == "Gone"
    _change(page, console)
    _delete(page, console)


def _change(page: Page, console: RunningServer) -> None:
    page.get_by_role("link", name="Settings").click()
    protection = page.locator("form").filter(has=page.get_by_label("Protect this table"))
    protection.get_by_label("Protect this table").check()
    protection.get_by_role("button", name="Save").click()
    expect(page.locator(".figures")).to_contain_text("protected")
    tags = page.locator("form").filter(has=page.get_by_role("heading", name="Tags"))
    tags.get_by_role("textbox").fill("stage=live, team=a")
    with page.expect_response(lambda answer: _operation(answer) == "TagResource"):
        tags.get_by_role("button", name="Save").click()
    arn = console.client().describe_table(TableName="Made")["Table"]["TableArn"]
    found = console.client().list_tags_of_resource(ResourceArn=arn)["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in found} == {"stage": "live", "team": "a"}


def _operation(answer: Response) -> str:
    return answer.request.headers.get("x-amz-target", "").rpartition(".")[2]


def _delete(page: Page, console: RunningServer) -> None:
    deletion = page.locator("form").filter(has=page.get_by_text("Type Made to delete it"))
    button = deletion.get_by_role("button", name="Delete this table")
    expect(button).to_be_disabled()
    deletion.get_by_role("textbox").fill("Made")
    button.click()
    expect(deletion.get_by_role("alert")).to_contain_text("ValidationException")  # protected
    protection = page.locator("form").filter(has=page.get_by_label("Protect this table"))
    protection.get_by_label("Protect this table").uncheck()
    protection.get_by_role("button", name="Save").click()
    expect(page.locator(".figures")).not_to_contain_text("protected")
    deletion.get_by_role("textbox").fill("Made")
    button.click()
    expect(page).to_have_url(re.compile("/console/tables$"))
    assert "Made" not in console.client().list_tables()["TableNames"]


def test_indexes_are_added_and_dropped(open_page: object, console: RunningServer) -> None:
    client = console.client()
    page: Page = open_page("/t/Music/indexes")  # type: ignore[operator]
    page.get_by_role("button", name="+ index").click()
    page.get_by_label("Index name").fill("byYear")
    page.get_by_label("Partition key").fill("Year")
    page.get_by_role("button", name="Create index").click()
    card = page.locator(".card").filter(has_text="byYear")
    expect(card).to_be_visible()
    expect(card.locator(".badge").filter(has_text="CREATING")).to_have_count(0)
    card.get_by_role("button", name="Delete").click()
    card.get_by_role("button", name="Delete byYear").click()
    expect(card).to_have_count(0)
    assert "GlobalSecondaryIndexes" not in client.describe_table(TableName="Music")["Table"]


def test_replicas_are_made_and_removed_and_kinesis_and_dax_are_named(
    open_page: OpenPage, start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server(
        "--memory", "--regions", "us-east-1,eu-west-1", "--kinesis-endpoint", tmp_path,
        "--dax", "--dax-port", "0",
    )  # fmt: skip
    client = server.client()
    client.create_table(
        TableName="Cart", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "K", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "K", "AttributeType": "S"}],
    )  # fmt: skip
    stream = "arn:aws:kinesis:us-east-1:000000000000:stream/changes"
    client.enable_kinesis_streaming_destination(TableName="Cart", StreamArn=stream)
    page = open_page("/t/Cart/settings", url=server.url)
    part = page.locator("form").filter(has=page.get_by_role("heading", name="Replicas"))
    part.get_by_label("eu-west-1").check()
    part.get_by_role("button", name="Save").click()
    expect(part.locator(".badge")).to_have_text("ACTIVE")
    described = client.describe_table(TableName="Cart")["Table"]["Replicas"]
    assert "eu-west-1" in [each["RegionName"] for each in described]
    page.get_by_role("link", name="Stream").click()
    expect(page.get_by_role("list", name="Kinesis")).to_contain_text("changes")
    page.goto("/console/traffic")
    expect(page.get_by_role("list", name="DAX clusters")).to_contain_text("1 of 1 node")
    page.goto("/console/t/Cart/settings")
    part.get_by_label("eu-west-1").uncheck()
    part.get_by_role("button", name="Save").click()
    expect(part.locator(".badge")).to_have_count(0)
    assert not client.describe_table(TableName="Cart")["Table"].get("Replicas")


@pytest.mark.parametrize("width", [1280, 390])
def test_the_command_for_a_first_table_is_seen_whole_and_works(
    open_page: OpenPage, start_server: StartServer, width: int
) -> None:
    server = start_server("--memory")
    command = open_page("/tables", url=server.url, width=width).locator(".copyable pre")
    assert command.evaluate("pre => pre.scrollWidth <= pre.clientWidth")
    variables = environment(
        AWS_ACCESS_KEY_ID="local", AWS_SECRET_ACCESS_KEY="local",
        PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    )  # fmt: skip
    subprocess.run(["sh", "-c", command.inner_text()], env=variables, check=True, timeout=60)
    assert server.client().list_tables()["TableNames"] == ["Music"]


def test_of_many_tables_those_in_sight_are_described(
    open_page: OpenPage, start_server: StartServer
) -> None:
    server = start_server("--memory")
    client = server.client()
    for number in range(MANY):
        client.create_table(
            TableName=f"Table{number:04}", BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "K", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "K", "AttributeType": "S"}],
        )  # fmt: skip
    page = open_page("/new", url=server.url)
    described: set[str] = set()

    def note(request: Request) -> None:
        if request.headers.get("x-amz-target", "").endswith(".DescribeTable"):
            described.add(request.post_data_json["TableName"])

    page.on("request", note)
    page.get_by_role("link", name="All tables").click()
    grid = page.get_by_role("grid")
    expect(grid).to_have_attribute("aria-rowcount", str(MANY + 1))
    expect(grid.get_by_role("row").nth(1)).to_contain_text("ACTIVE")
    assert f"Table{MANY - 1:04}" not in described
    grid.focus()
    press(page, "Control+End")
    last = grid.get_by_role("row").filter(has_text=f"Table{MANY - 1:04}")
    expect(last).to_contain_text("ACTIVE")
    assert f"Table{MANY // 2:04}" not in described


def test_the_palette_and_the_filter_are_reached_by_keys(page: Page) -> None:
    expect(page.get_by_role("link", name="Orders").first).to_be_visible()
    press(page, "Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("ord")
    expect(page.get_by_role("option", selected=True)).to_contain_text("Orders")
    press(page, "Enter")
    expect(page).to_have_url(re.compile("/console/t/Orders/items"))
    expect(page.get_by_role("dialog")).to_have_count(0)
    press(page, "/")
    page.keyboard.type("mus")
    expect(page.locator(".side-tables a")).to_have_count(1)
    page.go_back()
    expect(page).to_have_url(re.compile("/console/tables"))


def test_a_view_that_is_for_typing_takes_what_is_typed(page: Page) -> None:
    page.get_by_role("link", name="PartiQL").click()
    expect(page.get_by_label("Statement")).to_be_focused()
    press(page, "Control+k")
    page.keyboard.type("new table")
    press(page, "Enter")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()


def test_the_palette_gives_the_focus_back_or_to_the_view(page: Page) -> None:
    link = page.get_by_role("grid").get_by_role("link", name="Orders")
    link.focus()
    for letters, focused in (("dark", link), ("orders", page.locator("main"))):
        press(page, "Control+k")
        page.keyboard.type(letters)
        press(page, "Enter")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(focused).to_be_focused()
