"""Item collections, PartiQL, traffic, streams, functions, access: each task once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, press
from tests.servers import RunningServer

pytestmark = pytest.mark.console


def test_collections_are_drawn_in_the_table_and_under_the_index(open_page: OpenPage) -> None:
    page = open_page("/t/Orders/collections?pk=USER%237")
    table = page.get_by_role("region", name="table").or_(page.locator("section.under").first)
    strip = table.first.locator(".strip")
    expect(strip).to_have_count(1)
    expect(strip.locator(".block").first).to_contain_text("ADDR#home")
    expect(page.locator(".legend")).to_contain_text("ORDER")
    strip.locator(".block").filter(has_text="ORDER#700").click()
    lit = page.locator(".block.lit")
    expect(lit.first).to_contain_text("ORDER#700")
    expect(page.get_by_role("complementary")).to_contain_text("in: table, byStatus")


def test_an_item_lights_up_wherever_it_stands(open_page: OpenPage) -> None:
    page = open_page("/t/Orders/collections?pk=USER%237")
    table, index = (page.locator("section.under").nth(number) for number in (0, 1))
    table.locator(".block").filter(has_text="ORDER#700").click()
    expect(table.locator(".block.lit")).to_have_count(1)
    expect(index.locator(".block.lit")).to_have_count(1)
    expect(index.locator(".block.lit")).to_contain_text("ORDER#700")
    keys = index.locator(".strip-key .mono")
    assert set(keys.all_inner_texts()) <= {"OPEN", "PAID", "SHIPPED"}


def test_partiql_is_completed_run_and_remembered(open_page: OpenPage) -> None:
    page = open_page("/partiql")
    field = page.get_by_label("Statement")
    field.click()
    page.keyboard.type("SEL")
    press(page, "Tab")
    page.keyboard.type(' * FROM "Ord')
    expect(page.get_by_role("option", name='"Orders"."byStatus"')).to_be_visible()
    press(page, "Tab")
    expect(field).to_have_value('SELECT * FROM "Orders"')
    page.keyboard.type(" WHERE PK = 'USER#7'")
    press(page, "Control+Enter")
    expect(page.get_by_role("grid")).to_contain_text("user7@example.com")
    expect(page).to_have_url(re.compile("s=SELECT"))
    page.reload()
    expect(page.get_by_label("Statement")).to_have_value(re.compile("USER#7"))
    page.get_by_text("History").click()
    expect(page.locator(".history li").first).to_contain_text("USER#7")


def test_pages_of_a_statement_are_read_no_further_than_they_are_seen(
    open_page: OpenPage, console: RunningServer
) -> None:
    found = console.client().scan(TableName="Orders", Limit=200)["Items"]
    mail = next(item["Email"]["S"] for item in found if "Email" in item)
    page = open_page("/partiql")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_label("Statement").fill(f"SELECT * FROM \"Orders\" WHERE Email = '{mail}'")
    press(page, "Control+Enter")
    expect(page.get_by_role("grid")).to_contain_text(mail)
    page.wait_for_timeout(500)
    assert len(asked) < 10  # a table of 10,000 items has fifty pages
    expect(page.get_by_role("button", name="next page")).to_be_visible()


def test_a_statement_in_an_address_is_not_run(open_page: OpenPage, console: RunningServer) -> None:
    key = {"PK": {"S": "LINK"}, "SK": {"S": "1"}}
    console.client().put_item(TableName="Orders", Item=key)
    page = open_page("/partiql?s=DELETE FROM \"Orders\" WHERE PK='LINK' AND SK='1'")
    expect(page.get_by_label("Statement")).to_have_value(re.compile("^DELETE"))
    page.get_by_role("link", name="All tables").click()
    expect(page.get_by_role("grid")).to_be_visible()
    assert "Item" in console.client().get_item(TableName="Orders", Key=key)


def test_traffic_has_plots_and_names_the_hot_partitions(open_page: OpenPage) -> None:
    page = open_page("/t/Orders/traffic")
    plot = page.get_by_role("img", name=re.compile("^Requests"))
    expect(plot).to_have_attribute("aria-label", re.compile("GetItem now"), timeout=20_000)
    expect(page.locator(".heat")).to_contain_text("USER#1", timeout=20_000)
    canvas = plot.locator(".u-over")
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 100, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 40, steps=4)
    page.mouse.up()
    page.get_by_role("button", name="Show everything").click()
    expect(page.get_by_text("live; drag to zoom")).to_be_visible()


@pytest.mark.one_process("each worker knows its own requests alone, so the call is refused")
def test_traffic_shows_failed_and_slow_requests_and_advice(
    open_page: OpenPage, console: RunningServer
) -> None:
    page = open_page("/t/Orders/traffic?range=15m")
    client = console.client()
    with pytest.raises(client.exceptions.ConditionalCheckFailedException):
        client.update_item(
            TableName="Orders", Key={"PK": {"S": "NOT"}, "SK": {"S": "THERE"}},
            UpdateExpression="REMOVE #n", ConditionExpression="attribute_exists(PK)",
            ExpressionAttributeNames={"#n": "Name"},
        )  # fmt: skip
    client.scan(
        TableName="Orders", FilterExpression="City = :c", Limit=500,
        ExpressionAttributeValues={":c": {"S": "Nowhere"}},
    )  # fmt: skip
    failed = page.get_by_role("list", name="Failed requests")
    expect(failed).to_contain_text("The conditional request failed")
    expect(failed).to_contain_text("REMOVE Name; only if attribute_exists(PK)")
    slowest = page.get_by_role("list", name="Slowest requests")
    expect(slowest).to_contain_text("0 items of 500 read")
    expect(slowest).to_contain_text("this Scan read 500 items of the whole table")
    page.get_by_role("button", name="Analyze the traffic").click()
    expect(page.get_by_role("list", name="Advice")).to_contain_text("no-backup")


def test_alarms_stand_below_the_plots(open_page: OpenPage, console: RunningServer) -> None:
    console.client("cloudwatch").put_metric_alarm(
        AlarmName="throttled", Namespace="AWS/DynamoDB", MetricName="WriteThrottleEvents",
        Dimensions=[{"Name": "TableName", "Value": "Orders"}], Statistic="Sum", Period=60,
        EvaluationPeriods=1, Threshold=0, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    page = open_page("/traffic")
    expect(page.locator(".alarms")).to_contain_text("throttled")


def test_a_stream_is_followed_live_and_a_record_invoked(
    open_page: OpenPage, console: RunningServer
) -> None:
    page = open_page("/t/Orders/stream")
    expect(page.get_by_role("status").first).to_contain_text("1 open shard")
    expect(page.get_by_text("Waiting for changes")).to_be_visible()
    expect(page.locator(".followers")).to_contain_text("watch")
    key = {"PK": {"S": "LIVE"}, "SK": {"S": "1"}}
    client = console.client()
    client.put_item(TableName="Orders", Item={**key, "State": {"S": "before"}})
    client.put_item(TableName="Orders", Item={**key, "State": {"S": "after"}})
    row = page.locator(".grid-body .grid-row").first
    expect(row).to_contain_text("MODIFY")
    expect(row).to_contain_text("State")
    row.click()
    record = page.get_by_role("complementary")
    expect(record.locator("tr.differs")).to_contain_text("before")
    expect(record.locator("tr.differs")).to_contain_text("after")
    record.get_by_role("button", name="Invoke").click()
    expect(record).to_contain_text("got 1", timeout=20_000)


def test_a_function_shows_its_triggers_and_is_called_once(open_page: OpenPage) -> None:
    page = open_page("/functions/watch")
    expect(page.locator("main")).to_contain_text("watch.handler")
    expect(page.locator(".rows")).to_contain_text("Orders")
    page.get_by_role("button", name="Invoke").click()
    expect(page.locator("main")).to_contain_text("got 0", timeout=20_000)


@pytest.mark.parametrize(
    ("on", "decision", "says"),
    [
        ("Orders%2Findex%2FbyStatus", "denied", "Denies dynamodb:Query"),
        ("Orders", "allowed", "Allows dynamodb:GetItem, dynamodb:Query on *."),
    ],
)
def test_access_says_which_statement_decides(
    open_page: OpenPage, on: str, decision: str, says: str
) -> None:
    page = open_page(f"/access?does=dynamodb%3AQuery&on={on}")
    expect(page.locator(".verdict .badge")).to_have_text(decision)
    expect(page.locator(".verdict")).to_contain_text(says)


def test_access_has_a_matrix_of_all_tables(open_page: OpenPage) -> None:
    page: Page = open_page("/access")
    page.get_by_role("button", name="Orders dynamodb:PutItem not allowed").click()
    expect(page.locator(".verdict .badge")).to_have_text("not allowed")
    expect(page).to_have_url(re.compile("does=dynamodb%3APutItem&on=Orders"))


def test_texts_are_kept_apart(open_page: OpenPage) -> None:
    page = open_page("/tables", locale="de-DE")
    expect(page.get_by_role("heading", name="Alle Tabellen")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "de"


def test_the_server_going_away_is_said(open_page: OpenPage, start_server: object) -> None:
    server: RunningServer = start_server("--memory")  # type: ignore[operator]
    page = open_page("/tables", url=server.url)
    expect(page.get_by_text("No tables yet")).to_be_visible()
    expect(page.get_by_label("Text to copy")).to_contain_text("aws dynamodb create-table")
    expect(page.get_by_text("takes any credentials")).to_be_visible()
    server.client().create_table(
        TableName="Tab", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "K", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "K", "AttributeType": "S"}],
    )  # fmt: skip
    page.goto("/console/t/Tab/items")
    expect(page.get_by_text("No items yet")).to_be_visible()
    page.goto("/console/t/Missing/items")
    expect(page.get_by_role("alert")).to_contain_text("ResourceNotFoundException")
    expect(page.get_by_role("alert")).to_contain_text("Check its name")
    server.kill()
    page.get_by_role("link", name="Tab").first.click()
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer. Is it running?")
