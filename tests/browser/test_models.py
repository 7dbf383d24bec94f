"""Data models in the browser: drawn, checked as keys are changed, opened, saved, created."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from jedlik.modelling.examples import EXAMPLES
from tests.browser.conftest import OpenPage

pytestmark = pytest.mark.console


def grade_of(page: Page, pattern: str) -> str:
    return page.get_by_role("row").filter(has_text=pattern).locator(".badge").inner_text()


def keys(partition: str, sort: str | None = None) -> dict[str, Any]:
    found = {"PartitionKey": {"AttributeName": partition, "AttributeType": "S"}}
    if sort is not None:
        found["SortKey"] = {"AttributeName": sort, "AttributeType": "S"}
    return found


SUBSCRIPTION = {"PK": {"S": "ACC#1"}, "SK": {"S": "SUB#1"}, "due": {"S": "2026-12-01"}}
RECEIPT = {"PK": {"S": "ACC#1"}, "SK": {"S": "REC#1"}, "paid": {"N": "12.99"}}
METADATA = {
    "Author": "", "DateCreated": "May 18, 2023, 10:24 AM", "AWSService": "Amazon DynamoDB",
    "DateLastModified": "May 18, 2023, 03:50 PM", "Description": "", "Version": "3.0",
}  # fmt: skip
PAYMENTS = {
    "TableName": "Payments",
    "KeyAttributes": keys("PK", "SK"),
    "NonKeyAttributes": [
        {"AttributeName": "due", "AttributeType": "S"},
        {"AttributeName": "paid", "AttributeType": "N"},
    ],
    "TableFacets": [
        {
            "FacetName": name,
            "KeyAttributeAlias": {"PartitionKeyAlias": "AccountId", "SortKeyAlias": alias},
            "TableData": [item], "NonKeyAttributes": [attribute], "DataAccess": {"MySql": {}},
        }
        for name, alias, item, attribute in (
            ("Subscription", "SubId", SUBSCRIPTION, "due"),
            ("Receipts", "Paid#No", RECEIPT, "paid"),
        )
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "GSI-1",
            "KeyAttributes": keys("due", "SK"),
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["paid"]},
        }
    ],
    "DataAccess": {"MySql": {}},
    "BillingMode": "PROVISIONED",
    "ProvisionedCapacitySettings": {
        "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
        "AutoScalingRead": {
            "ScalableTargetRequest": {"MinCapacity": 1, "MaxCapacity": 10},
            "ScalingPolicyConfiguration": {"TargetValue": 70},
        },
    },
}  # fmt: skip
ACCOUNTS = {
    "TableName": "Accounts", "KeyAttributes": keys("Id"), "NonKeyAttributes": [],
    "TableData": [{"Id": {"S": "ACC#1"}}], "DataAccess": {"MySql": {}},
}  # fmt: skip
OF_WORKBENCH = [
    {"ModelName": "Log", "ModelMetadata": METADATA, "DataModel": [ACCOUNTS]},
    {"ModelName": "Payments System", "ModelMetadata": METADATA, "DataModel": [PAYMENTS, ACCOUNTS]},
]
"""Files with all that is in NoSQL Workbench's sample models: data in facets and in tables, a table
without a sort key, without facets, capacity, several tables."""


def saved_from(page: Page) -> Any:
    """The file that the page saves."""
    with page.expect_download() as waited:
        page.get_by_role("button", name="Save").click()
    return json.loads(waited.value.path().read_text())


def test_a_changed_key_is_checked_at_once(open_page: OpenPage) -> None:
    page = open_page("/model?example=game")
    expect(page.get_by_role("row").filter(has_text="what a player owns")).to_contain_text("good")
    page.get_by_label("Possession SK").fill("PROFILE")
    row = page.get_by_role("row").filter(has_text="what a player owns")
    expect(row).to_contain_text("asks for SK ITEM#, where Possession has PROFILE")
    assert grade_of(page, "what a player owns") == "bad"
    expect(page.locator("main, body").first).to_contain_text("has the same keys as Player")


def test_access_patterns_are_added_changed_and_removed(open_page: OpenPage) -> None:
    page = open_page("/model?example=shop")
    patterns = page.get_by_role("region", name="Access patterns")
    before = len(json.loads(EXAMPLES["shop"].read_text())["Jedlik"]["AccessPatterns"])
    expect(patterns.locator("tbody tr")).to_have_count(before)
    page.get_by_role("button", name="+ pattern").click()
    page.get_by_label("Name", exact=True).fill("orders above 100")
    page.get_by_label("Entity", exact=True).select_option("Order")
    page.get_by_label("Operation", exact=True).select_option("Scan")
    row = patterns.get_by_role("row").filter(has_text="orders above 100").first
    expect(row).to_contain_text("needs a Scan")
    expect(row.locator(".badge")).to_have_text("bad")
    page.get_by_label("Operation", exact=True).select_option("Query")
    page.get_by_label("Index", exact=True).select_option("by-status")
    page.get_by_label("Condition on GSI1PK").select_option("=")
    page.get_by_label("Template of GSI1PK").fill("PAID#{month}")
    expect(row).to_contain_text("by-status, Query")
    page.get_by_label("Condition on GSI1SK").select_option("between")
    page.get_by_label("Template of GSI1SK").first.fill("2026-01")
    page.get_by_label("Template of GSI1SK").last.fill("2026-02")
    page.get_by_label("Requests per second").fill("2.5")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save").click()
    kept = json.loads(saved.value.path().read_text())["Jedlik"]["AccessPatterns"][-1]
    assert kept == {
        "Name": "orders above 100", "Operation": "Query", "Entity": "Order", "Index": "by-status",
        "Key": {"GSI1PK": "PAID#{month}", "GSI1SK": {"between": ["2026-01", "2026-02"]}},
        "PerSecond": 2.5,
    }  # fmt: skip
    page.get_by_role("button", name="Remove orders above 100").click()
    expect(patterns.locator("tbody tr")).to_have_count(before)


def test_sample_data_lie_in_the_table_and_under_the_index(open_page: OpenPage) -> None:
    page = open_page("/model?example=shop")
    index = page.get_by_role("region", name="Under by-status")
    expect(index.locator(".strip-key").first).to_contain_text("PAID#2026-11")
    expect(index.locator(".block").first).to_contain_text("2026-11-20#o1")


def test_a_file_is_opened_changed_and_saved(open_page: OpenPage, tmp_path: Path) -> None:
    document = json.loads(EXAMPLES["chat"].read_text())
    document["ModelName"] = "Ours"
    file = tmp_path / "ours.json"
    file.write_text(json.dumps(document))
    page = open_page("/model")
    page.locator('input[type="file"]').set_input_files(file)
    expect(page.get_by_role("heading", name="Ours")).to_be_visible()
    page.get_by_label("User Count").fill("7")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save").click()
    assert saved.value.suggested_filename == "Ours.json"
    kept = json.loads(saved.value.path().read_text())
    assert kept["Jedlik"]["Entities"][0]["Count"] == 7
    assert kept["DataModel"] == document["DataModel"]


def test_a_facet_shows_its_items_and_is_made_from_an_entity(open_page: OpenPage) -> None:
    page = open_page("/model?example=shop")
    facets = page.get_by_role("region", name="Facets")
    expect(facets).to_contain_text("CUSTOMER#{customer}")
    facets.get_by_role("button", name="Product", exact=True).click()
    expect(facets.get_by_role("cell").first).to_contain_text("PRODUCT#")
    facets.get_by_role("button", name="Remove Product").click()
    expect(facets.get_by_role("button", name="Product", exact=True)).to_have_count(0)
    facets.get_by_role("button", name="1 facet from entities").click()
    facets.get_by_role("button", name="Product", exact=True).click()
    expect(facets.get_by_role("cell").first).to_contain_text("PRODUCT#")
    made = saved_from(page)["DataModel"][0]["TableFacets"][-1]
    assert made == {
        "FacetName": "Product",
        "KeyAttributeAlias": {"PartitionKeyAlias": "PRODUCT#{product}", "SortKeyAlias": "ABOUT"},
        "NonKeyAttributes": ["name", "price", "stock"], "TableData": [],
        "DataAccess": {"MySql": {}},
    }  # fmt: skip


def test_files_of_nosql_workbench_open_and_go_through_unchanged(
    open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page("/model")
    for number, document in enumerate(OF_WORKBENCH):
        file = tmp_path / f"{number}.json"
        file.write_text(json.dumps(document))
        page.locator('input[type="file"]').set_input_files(file)
        expect(page.get_by_role("heading", name=document["ModelName"])).to_be_visible()
        expect(page.locator(".model-sample").first).to_contain_text("ACC#1")
        expect(page.get_by_role("alert")).to_have_count(0)
        saved = saved_from(page)
        assert json.dumps(saved) == json.dumps(document)
    page.get_by_role("button", name="Create the tables").click()
    expect(page.get_by_role("status").filter(has_text="Tables: 2, items: 3")).to_be_visible()


def test_tables_are_written_for_other_tools(open_page: OpenPage) -> None:
    page = open_page("/model?example=shop")
    code = page.get_by_label("Text to copy")
    tools = page.get_by_role("group", name="The tables for other tools")
    for tool, part in (
        ("boto3", "create_table("), ("cdk", "new TableV2("),
        ("terraform", 'resource "aws_dynamodb_table"'), ("cloudformation", "AWS::DynamoDB::Table"),
    ):  # fmt: skip
        tools.get_by_role("button", name=tool).click()
        expect(code).to_contain_text(part)


def test_a_month_costs_what_the_traffic_says(open_page: OpenPage) -> None:
    page = open_page("/model?example=shop")
    page.get_by_role("button", name="Change a product").click()
    page.get_by_label("Requests per second").fill("1000")
    row = page.get_by_role("row").filter(has_text="a product").first
    expect(row).to_contain_text("$164.25")


def test_what_is_no_model_is_said(open_page: OpenPage, tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text('{"DataModel": [{}]}')
    page = open_page("/model")
    page.locator('input[type="file"]').set_input_files(file)
    expect(page.get_by_role("alert")).to_contain_text("table 1 has no 'TableName'")


def test_the_tables_of_a_model_are_created_with_its_data(open_page: OpenPage) -> None:
    page = open_page("/model?example=telemetry")
    page.get_by_role("button", name="Create the tables").click()
    expect(page.get_by_role("status").filter(has_text="Tables: 1, items: 8")).to_be_visible()
    page.get_by_role("link", name="Telemetry").click()
    expect(page.locator(".grid-body")).to_contain_text("DEVICE#d1")
