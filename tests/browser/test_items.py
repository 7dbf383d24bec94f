"""Items: found, edited against lost updates, added, copied, deleted and put back, in and out."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, press
from tests.browser.filling import EXACT
from tests.servers import RunningServer

pytestmark = pytest.mark.console


def rows(page: Page):
    return page.locator(".grid-body .grid-row")


def test_a_query_is_built_and_stands_in_the_address(open_page: OpenPage) -> None:
    page = open_page("/t/Orders/items")
    expect(page.get_by_role("status").first).to_contain_text("200 kept of 200 read")
    page.get_by_label("Query or Scan").select_option("query")
    page.get_by_label("PK", exact=True).fill("USER#7")
    page.get_by_label("SK", exact=True).fill("ORDER#")
    page.get_by_label("Operator").select_option("begins_with")
    page.get_by_role("button", name="+ filter").click()
    page.get_by_placeholder("attribute", exact=True).fill("Total")
    page.get_by_label("Operator").last.select_option(">")
    page.get_by_label("Type").select_option("N")
    page.get_by_placeholder("value", exact=True).fill("0")
    press(page, "Enter")
    expect(page).to_have_url(re.compile("pk=USER%237&skop=begins_with&sk=ORDER%23"))
    status = page.locator(".bar .status")
    expect(status).to_contain_text("complete")
    expect(status).to_contain_text("0.5 units")
    expect(rows(page).first).to_contain_text("ORDER#700")
    page.reload()
    expect(rows(page).first).to_contain_text("ORDER#700")


def test_an_index_is_queried_newest_first(open_page: OpenPage) -> None:
    page = open_page("/t/Orders/items?mode=query&index=byStatus&pk=OPEN&order=desc")
    expect(rows(page).first).to_contain_text("2026-11-28")


def test_pages_come_as_one_scrolls(open_page: OpenPage) -> None:
    page = open_page("/t/Orders/items")
    grid = page.get_by_role("grid")
    expect(grid).to_have_attribute("aria-rowcount", "201")
    grid.evaluate("grid => { grid.scrollTop = grid.scrollHeight; }")
    expect(grid).to_have_attribute("aria-rowcount", "401")
    assert rows(page).count() < 80


def test_a_parallel_scan_of_a_large_table_says_first_what_it_costs(open_page: OpenPage) -> None:
    page = open_page("/t/Orders/items?segments=4&f=City%7C%3D%7CS%7COslo")
    expect(page.get_by_text("This reads the whole table")).to_be_visible()
    expect(rows(page)).to_have_count(0)
    page.get_by_role("button", name="Scan anyway").click()
    expect(rows(page).first).to_contain_text("Oslo")


def test_numbers_are_exact_in_every_form(open_page: OpenPage) -> None:
    page = open_page("/t/Music/items?mode=query&pk=exact")
    expect(rows(page).first).to_contain_text(EXACT)
    page.get_by_role("button", name="JSON", exact=True).click()
    expect(page.locator(".json-list")).to_contain_text(f'"Number": {EXACT}')


def test_a_cell_is_edited_and_a_lost_update_refused(
    open_page: OpenPage, console: RunningServer
) -> None:
    client = console.client()
    key = {"PK": {"S": "EDIT"}, "SK": {"S": "A"}}
    client.put_item(TableName="Orders", Item={**key, "Note": {"S": "old"}})
    page = open_page("/t/Orders/items?mode=query&pk=EDIT")
    cell = rows(page).first.locator(".grid-cell").nth(2)
    expect(cell).to_contain_text("old")
    cell.dblclick()
    expect(cell.locator("input, textarea").first).to_be_focused()
    page.keyboard.type("new")
    press(page, "Enter")
    expect(cell).to_contain_text("new")
    press(page, "Control+s")
    expect(page.locator(".review-list")).to_contain_text("--condition-expression")
    client.put_item(TableName="Orders", Item={**key, "Note": {"S": "theirs"}})
    press(page, "Control+s")
    expect(page.get_by_role("alert")).to_contain_text("ConditionalCheckFailedException")
    assert client.get_item(TableName="Orders", Key=key)["Item"]["Note"] == {"S": "theirs"}
    client.put_item(TableName="Orders", Item={**key, "Note": {"S": "old"}})
    page.get_by_role("button", name="Save Ctrl S").click()
    expect(page.get_by_text("Saved: 1", exact=True)).to_be_visible()
    assert client.get_item(TableName="Orders", Key=key)["Item"]["Note"] == {"S": "new"}


def test_an_item_is_added_copied_changed_deleted_and_put_back(
    open_page: OpenPage, console: RunningServer
) -> None:
    client = console.client()
    page = open_page("/t/Orders/items?mode=query&pk=NEW")
    page.get_by_role("button", name="+ Item").click()
    panel = page.get_by_role("complementary")
    panel.get_by_label("PK", exact=True).fill("NEW")
    panel.get_by_label("SK", exact=True).fill("1")
    panel.get_by_label("new attribute").fill("Count")
    panel.get_by_role("button", name="Add", exact=True).click()
    panel.get_by_label("Type of Count").select_option("N")
    panel.get_by_label("Count", exact=True).fill(EXACT)
    panel.get_by_role("button", name="Add Ctrl S").click()
    expect(rows(page).first).to_contain_text(EXACT)
    panel.get_by_role("button", name="Copy as new").click()
    panel.get_by_label("SK", exact=True).fill("2")
    panel.get_by_role("button", name="Add Ctrl S").click()
    expect(rows(page)).to_have_count(2)
    panel.get_by_role("button", name="Delete").click()
    expect(rows(page)).to_have_count(1)
    assert client.query(
        TableName="Orders", KeyConditionExpression="PK = :p",
        ExpressionAttributeValues={":p": {"S": "NEW"}},
    )["Count"] == 1  # fmt: skip
    page.get_by_role("button", name="Undo").click()
    expect(rows(page)).to_have_count(2)
    page.get_by_label("Select all loaded items").check()
    page.get_by_role("button", name="Delete 2").click()
    expect(rows(page)).to_have_count(0)


def test_a_new_item_is_typed_without_a_mouse(open_page: OpenPage, console: RunningServer) -> None:
    console.client().create_table(
        TableName="Blank",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "Id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "Id", "AttributeType": "S"}],
    )
    page = open_page("/t/Blank/items")
    sidebar = page.get_by_role("navigation", name="Tables and screens")
    counted = sidebar.get_by_role("link", name="Blank")
    expect(counted).to_contain_text("0")
    button = page.get_by_role("button", name="+ Item")
    button.focus()
    press(page, "Enter")
    panel = page.get_by_role("complementary")
    expect(panel.get_by_label("Id", exact=True)).to_be_focused()
    press(page, "Escape")
    expect(panel).to_be_focused()
    press(page, "Escape")
    expect(panel).to_have_count(0)
    expect(button).to_be_focused()
    press(page, "Enter")
    page.keyboard.type("first")
    press(page, "Control+s")
    expect(rows(page).first).to_contain_text("first")
    expect(counted).to_contain_text("1")
    head = page.locator(".table-head .figures")
    page.get_by_role("complementary").get_by_role("button", name="Delete").click()
    expect(counted).to_contain_text("0")
    expect(head).to_contain_text("0 items")
    page.get_by_role("button", name="Undo").click()
    expect(counted).to_contain_text("1")
    expect(head).to_contain_text("1 item")


def test_the_count_of_a_table_follows_statements(
    open_page: OpenPage, console: RunningServer
) -> None:
    console.client().create_table(
        TableName="Stated-Items",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "Id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "Id", "AttributeType": "S"}],
    )
    page = open_page("/partiql")
    counted = page.get_by_role("navigation", name="Tables and screens").get_by_role(
        "link", name="Stated-Items"
    )
    for statement, count in (
        ("INSERT INTO \"Stated-Items\" VALUE {'Id': 'a'}", "1"),
        ("DELETE FROM \"Stated-Items\" WHERE Id = 'a'", "0"),
    ):
        page.get_by_label("Statement").fill(statement)
        press(page, "Control+Enter")
        expect(counted.locator(".number")).to_have_text(count)
    done = page.get_by_text("Done; it returned no items.")
    expect(done).to_be_visible()
    page.get_by_label("Statement").fill("DELETE FROM Missing")
    press(page, "Control+Enter")
    expect(page.get_by_text("ValidationException").first).to_be_visible()
    expect(done).to_have_count(0)


def test_what_is_wrong_with_plain_json_is_said(open_page: OpenPage) -> None:
    page = open_page("/t/Orders/items?mode=query&pk=NONE")
    page.get_by_role("button", name="+ Item").click()
    panel = page.get_by_role("complementary")
    panel.get_by_role("button", name="JSON", exact=True).click()
    panel.get_by_label("JSON", exact=True).fill('{"PK": ')
    expect(panel.get_by_role("alert")).to_have_text("Invalid JSON at line 1, column 8")


@pytest.mark.parametrize("name", ["items.csv", "items.json", "items.jsonl"])
def test_files_go_in_and_come_out(
    open_page: OpenPage, console: RunningServer, tmp_path: Path, name: str
) -> None:
    key = f"FILE-{name}"
    first = {"PK": {"S": key}, "SK": {"S": "1"}, "Number": {"N": EXACT}, "Text": {"S": 'a, "b"'}}
    second = {"PK": {"S": key}, "SK": {"S": "2"}, "Number": {"N": "7"}}
    contents = {
        "items.csv": f'PK,SK,Number,Text\r\n{key},1,{EXACT},"a, ""b"""\r\n{key},2,7,\r\n',
        "items.json": f'[{{"PK":"{key}","SK":"1","Number":{EXACT},"Text":"a, \\"b\\""}},'
        f'{{"PK":"{key}","SK":"2","Number":7}}]',
        "items.jsonl": "\n".join(json.dumps({"Item": item}) for item in (first, second)),
    }
    (tmp_path / name).write_text(contents[name])
    page = open_page(f"/t/Orders/items?mode=query&pk={key}")
    page.get_by_role("button", name="Import").click()
    page.get_by_label("File to import").set_input_files(tmp_path / name)
    page.get_by_role("button", name="Write 2 items").click()
    expect(rows(page)).to_have_count(2)
    item = console.client().get_item(TableName="Orders", Key={"PK": {"S": key}, "SK": {"S": "1"}})
    assert item["Item"]["Number"] == {"N": EXACT}
    assert item["Item"]["Text"] == {"S": 'a, "b"'}
    page.get_by_role("complementary").get_by_label("Close").click()
    page.get_by_text("Export").click()
    label = {"csv": "CSV", "json": "JSON", "jsonl": "DynamoDB JSON"}[name.rpartition(".")[2]]
    line = page.locator(".menu-box .row").filter(has=page.get_by_text(label, exact=True))
    with page.expect_download() as waited:
        line.get_by_role("button").first.click()
    text = Path(waited.value.path()).read_text()
    assert EXACT in text
    assert 'a, "b"' in (
        text.replace('""', '"') if name.endswith("csv") else text.replace('\\"', '"')
    )


def test_every_call_is_shown_as_code(open_page: OpenPage) -> None:
    page = open_page("/t/Orders/items?mode=query&pk=USER%237")
    expect(page.locator(".calls-last")).to_contain_text("Query")
    expect(page.locator(".calls-last")).to_contain_text("0.5 units")
    press(page, "Control+.")
    code = page.locator(".calls-code pre")
    expect(code).to_contain_text("aws dynamodb query")
    page.get_by_role("button", name="boto3").click()
    expect(code).to_contain_text('KeyConditionExpression="#pk = :pk"')
    page.get_by_role("button", name="JavaScript").click()
    expect(code).to_contain_text("new QueryCommand({")


def test_a_large_import_ends_with_all_items_there(
    open_page: OpenPage, console: RunningServer, tmp_path: Path
) -> None:
    lines = [json.dumps({"PK": "BULK", "SK": str(number)}) for number in range(3000)]
    (tmp_path / "bulk.jsonl").write_text("\n".join(lines))
    page = open_page("/t/Orders/items?mode=query&pk=BULK")
    page.get_by_role("button", name="Import").click()
    page.get_by_label("File to import").set_input_files(tmp_path / "bulk.jsonl")
    page.get_by_role("button", name="Write 3,000 items").click()
    expect(page.get_by_text("Imported: 3,000")).to_be_visible(timeout=30_000)
    counted = console.client().query(
        TableName="Orders", Select="COUNT", KeyConditionExpression="PK = :p",
        ExpressionAttributeValues={":p": {"S": "BULK"}},
    )  # fmt: skip
    assert counted["Count"] == 3000


def test_an_item_of_400_kb_is_read_and_opened(open_page: OpenPage, console: RunningServer) -> None:
    item = {
        "PK": {"S": "HUGE"}, "SK": {"S": "1"}, "Text": {"S": "x" * 300_000},
        "Numbers": {"L": [{"N": str(number)} for number in range(20_000)]},
    }  # fmt: skip
    console.client().put_item(TableName="Orders", Item=item)
    page = open_page("/t/Orders/items?mode=query&pk=HUGE")
    rows(page).first.locator(".grid-cell").filter(has_text="HUGE").click()
    panel = page.get_by_role("complementary")
    expect(panel.get_by_role("button", name="Show more of 19,900")).to_be_visible()
    assert panel.locator(".node").count() < 200
    panel.get_by_role("button", name="JSON", exact=True).click()
    expect(panel.get_by_label("JSON")).to_have_value(re.compile("19999"))
    console.client().delete_item(
        TableName="Orders", Key={name: item[name] for name in ("PK", "SK")}
    )
