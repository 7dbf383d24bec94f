"""What users store is shown as text; other pages reach nothing; read-only is the server's doing."""

from __future__ import annotations

import http.client
import json
import shlex
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, press, wait_until_ready
from tests.browser.filling import OF_OBJECTS, XSS
from tests.browser.markup import fill_with_markup, marked_model
from tests.conftest import StartServer
from tests.servers import ACCESS_KEY, SECRET_KEY, RunningServer

pytestmark = pytest.mark.console
HACKED = "() => window.hacked"
CALL = """async ([url, headers, operation, body]) => {
  try {
    const answer = await fetch(url, { method: "POST", body, headers: {
      "Content-Type": "application/x-amz-json-1.0",
      "X-Amz-Target": `DynamoDB_20120810.${operation}`, ...headers } });
    return answer.status;
  } catch (error) {
    return error.message;
  }
}"""
UNSIGNED = {
    "X-Amz-Date": "20260101T000000Z",
    "Authorization": "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/dynamodb/aws4_request, "
    f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}",
}


IMG = quote(XSS[1])
PLACES = {
    "/t/Marked/items": ".grid",
    "/t/Marked/items?as=json": ".json-list",
    "/t/Marked/collections": ".strips",
    "/t/Marked/stream?from=start": ".grid",
    "/t/Marked/traffic": ".heat",
    "/t/Marked/settings": "main",
    "/traffic": ".alarms",
    "/functions/marked": "main",
    f"/functions/{IMG}": "main",
    "/access": ".policies",
    f"/access?who={IMG}&on={IMG}&does={IMG}&key={IMG}": "main",
    f"/tables?filter={IMG}": "main",
    f"/t/{IMG}/items": ".note",
    f"/t/Marked/items?mode=query&pk={IMG}": ".grid",
    f"/t/Marked/items?f={quote(IMG)}%7C%3D%7CS%7C{IMG}": "main",
    f"/partiql?s={IMG}": "main",
    f"/model?example={IMG}": "main",
}
"""Addresses, and where on their pages texts of others are."""


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    scratch = tmp_path_factory.mktemp("marked")
    server = RunningServer(scratch, "--memory")
    fill_with_markup(server)
    yield server
    server.kill()


def assert_is_text(page: Page) -> None:
    """Nothing that is stored has become an element, nor has run."""
    wait_until_ready(page)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    assert page.evaluate(HACKED) is None
    elements = "script, iframe, img, svg, a[href^='javascript'], [onload], [onerror]"
    assert page.locator(f"#app :is({elements})").count() == 0


def test_stored_markup_is_shown_as_text(open_page: OpenPage, marked: RunningServer) -> None:
    page = open_page(url=marked.url)
    for path, place in PLACES.items():
        page.goto(f"/console{path}")
        assert_is_text(page)
        if place != "main":
            expect(page.locator(place).first).to_contain_text("<")


def test_markup_in_an_item_is_shown_and_edited_as_text(
    open_page: OpenPage, marked: RunningServer
) -> None:
    page = open_page("/t/Marked/items", url=marked.url)
    keys = page.locator(".grid-body .grid-cell:nth-child(2) .value")
    for text in XSS:
        expect(keys.filter(has_text=text).first).to_be_visible()
    keys.filter(has_text=XSS[1]).first.dblclick()
    panel = page.get_by_role("complementary")
    expect(panel).to_contain_text(XSS[1])
    panel.get_by_role("button", name="JSON", exact=True).click()
    press(page, "Control+.")
    assert_is_text(page)


def test_attributes_are_called_what_they_like(open_page: OpenPage, marked: RunningServer) -> None:
    page = open_page("/t/Marked/items", url=marked.url)
    row = page.locator(".grid-body .grid-row").filter(has_text="of objects")
    for name in OF_OBJECTS:
        expect(row).to_contain_text(f"<{name}>")
    row.locator(".grid-cell").filter(has_text="of objects").click()
    panel = page.get_by_role("complementary")
    panel.get_by_label("__proto__", exact=True).fill("changed")
    panel.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("changed")
    key = {"Artist": {"S": "of objects"}}
    kept = marked.client().get_item(TableName="Marked", Key=key)["Item"]
    assert kept["__proto__"] == {"S": "changed"}
    assert kept["constructor"] == {"S": "<constructor>"}
    page.goto("/console/t/Marked/stream?from=start")
    page.locator(".grid-body .grid-row").filter(has_text="of objects").last.click()
    expect(page.get_by_role("complementary")).to_contain_text("<constructor>")


@pytest.mark.one_process("each worker knows its own requests alone, so the call is refused")
def test_markup_in_logs_and_errors_and_requests_is_text(
    open_page: OpenPage, marked: RunningServer
) -> None:
    page = open_page("/functions/marked", url=marked.url)
    page.get_by_role("button", name="Invoke").click()
    expect(page.locator("main")).to_contain_text(XSS[0])
    assert_is_text(page)
    page.goto("/console/t/Marked/traffic?range=15m")
    wait_until_ready(page)
    client = marked.client()
    with pytest.raises(client.exceptions.ConditionalCheckFailedException):
        client.update_item(
            TableName="Marked", Key={"Artist": {"S": XSS[1]}}, UpdateExpression="REMOVE #n",
            ConditionExpression="#n = :v", ExpressionAttributeNames={"#n": XSS[2]},
            ExpressionAttributeValues={":v": {"S": XSS[1]}},
        )  # fmt: skip
    expect(page.get_by_role("list", name="Failed requests")).to_contain_text(XSS[2])
    page.get_by_role("button", name="Analyze the traffic").click()
    expect(page.get_by_role("list", name="Advice")).to_be_visible()
    assert_is_text(page)
    page.goto(f"/console/partiql?s={quote('SELECT * FROM Marked WHERE ' + XSS[1])}")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert")).to_contain_text("ValidationException")
    assert_is_text(page)


def test_a_line_for_a_shell_runs_nothing_else(open_page: OpenPage, marked: RunningServer) -> None:
    """The page of an empty table offers a line to paste, and its keys may have any names."""
    key = "k'; touch hacked; '"
    marked.client().create_table(
        TableName="Empty", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
    )  # fmt: skip
    line = open_page("/t/Empty/items", url=marked.url).locator(".empty pre").inner_text()
    words = shlex.split(line.replace("\\\n", ""))
    assert json.loads(words[words.index("--item") + 1]) == {key: {"S": "a"}}


def test_markup_in_a_model_is_text(open_page: OpenPage, tmp_path: Path) -> None:
    file = tmp_path / "marked.json"
    file.write_text(json.dumps(marked_model()))
    page = open_page("/model")
    page.locator('input[type="file"]').set_input_files(file)
    expect(page.get_by_role("heading", name=XSS[1]).first).to_be_visible()
    expect(page.get_by_role("region", name="Facets").or_(page.locator(".facets"))).to_contain_text(
        XSS[0]
    )
    assert_is_text(page)


def test_the_policy_stops_what_a_mistake_would_let_through(
    browser: Any, console: RunningServer
) -> None:
    page = browser.new_page()  # not `open_page`: Chromium logs as an error what is tested here
    page.goto(f"{console.url}/console")
    expect(page.get_by_role("grid")).to_be_visible()
    failed = page.evaluate("""() => {
      try { document.body.innerHTML = "<img src=x onerror=window.hacked=1>"; return ""; }
      catch (error) { return error.name; }
    }""")
    page.close()
    assert failed == "TypeError"  # trusted types


def test_no_other_host_is_asked_for_anything(open_page: OpenPage, console: RunningServer) -> None:
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/tables", "/t/Orders/items", "/t/Orders/traffic", "/t/Orders/collections"):
        page.goto(f"/console{path}")
        wait_until_ready(page)
    assert len(asked) > 40
    assert [url for url in asked if not url.startswith((console.url, "blob:"))] == []


class Evil(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>other</title>")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def other_site() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Evil)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture
def foreign(browser: Any, other_site: int) -> Iterator[Page]:
    """A page of another origin than this machine's."""
    context = browser.new_context()
    context.route("http://other.example/**", lambda route: route.fulfill(
        body="<!doctype html><title>other</title>", content_type="text/html"))  # fmt: skip
    page = context.new_page()
    page.goto("http://other.example/")
    yield page
    context.close()


def test_another_page_neither_reads_nor_writes_nor_frames(
    foreign: Page, console: RunningServer
) -> None:
    item = '{"TableName":"Music","Item":{"Artist":{"S":"CSRF"}}}'
    answer = foreign.evaluate(CALL, [console.url, UNSIGNED, "PutItem", item])
    assert answer != 200
    form = """([url, body]) => fetch(url, { method: "POST", mode: "no-cors", body,
      headers: { "Content-Type": "text/plain" } }).then(() => "sent", (error) => error.message)"""
    foreign.evaluate(form, [console.url, item])
    found = console.client().get_item(TableName="Music", Key={"Artist": {"S": "CSRF"}})
    assert "Item" not in found
    text = "url => fetch(url).then((answer) => answer.text(), () => 'refused')"
    assert foreign.evaluate(text, f"{console.url}/console/config.json") == "refused"
    framed = """url => new Promise((resolve) => {
      const frame = document.createElement("iframe");
      frame.onload = () => { try { resolve(frame.contentDocument ? "read" : "closed"); }
                             catch { resolve("closed"); } };
      frame.src = url; document.body.append(frame); })"""
    assert foreign.evaluate(framed, f"{console.url}/console") == "closed"


def test_a_name_that_was_made_to_point_here_reaches_nothing(console: RunningServer) -> None:
    for path in ("/console", "/console/config.json"):
        connection = http.client.HTTPConnection("127.0.0.1", console.port, timeout=10)
        connection.request("GET", path, headers={"Host": f"rebound.example:{console.port}"})
        assert connection.getresponse().status == 403
        connection.close()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/console/config.json"),
        ("GET", "/console/traffic/requests"),
        ("GET", "/console/traffic/advice"),
        ("POST", "/console/models/check"),
    ],
)
@pytest.mark.parametrize(
    "mark", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://other.example"}]
)
def test_what_a_page_of_another_origin_sends_is_not_answered(
    console: RunningServer, method: str, path: str, mark: dict[str, str]
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", console.port, timeout=10)
    connection.request(method, path, body=b"{}" if method == "POST" else None, headers=mark)
    assert connection.getresponse().status == 403
    connection.close()


def test_read_only_holds_whatever_a_page_sends(
    open_page: OpenPage, start_server: StartServer
) -> None:
    server = start_server("--memory", "--console", "read-only")
    client = server.client()
    client.create_table(
        TableName="Tab", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "K", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "K", "AttributeType": "S"}],
    )  # fmt: skip
    client.put_item(TableName="Tab", Item={"K": {"S": "a"}})
    page = open_page("/t/Tab/items", url=server.url)
    expect(page.get_by_text("read-only")).to_be_visible()
    expect(page.get_by_role("grid")).to_contain_text("a")
    expect(page.get_by_role("button", name="+ Item")).to_have_count(0)
    body = '{"TableName":"Tab","Item":{"K":{"S":"b"}}}'
    assert page.evaluate(CALL, ["/", UNSIGNED, "PutItem", body]) == 403
    assert page.evaluate(CALL, ["/", UNSIGNED, "Scan", '{"TableName":"Tab"}']) == 200
    assert client.scan(TableName="Tab")["Count"] == 1
    client.put_item(TableName="Tab", Item={"K": {"S": "c"}})  # other programs may


@pytest.mark.one_process("each worker knows its own requests alone, so the call is refused")
def test_a_server_that_knows_its_callers_is_signed_to(
    open_page: OpenPage, start_server: StartServer
) -> None:
    server = start_server("--memory", "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY)
    page = open_page("/tables", url=server.url)
    page.get_by_label("Access key ID").fill(ACCESS_KEY)
    page.get_by_label("Secret access key").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert").first).to_contain_text("InvalidSignatureException")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Access key ID").fill(ACCESS_KEY)
    page.get_by_label("Secret access key").fill(SECRET_KEY)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("No tables yet")).to_be_visible()
    expect(page.get_by_text("takes any credentials")).to_have_count(0)
    for path in ("/functions", "/access", "/traffic"):
        page.goto(f"/console{path}")
        expect(page.locator("main .empty, main .plots").first).to_be_visible()
        expect(page.get_by_role("alert")).to_have_count(0)
    stored = "() => JSON.stringify([localStorage, document.cookie, location.href])"
    assert SECRET_KEY not in page.evaluate(stored)
    assert SECRET_KEY in page.evaluate("() => JSON.stringify(sessionStorage)")


def test_without_a_console_its_address_is_unknown(start_server: StartServer) -> None:
    server = start_server("--memory", "--console", "off")
    connection = server.connection()
    connection.request("GET", "/console")
    assert connection.getresponse().status == 404
    connection.close()
