"""What the pages compute, asked in the browser: numbers, sizes, orders, JSON, code, files."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from jedlik.values.sizes import item_size
from tests.browser.conftest import Opener, OpenPage
from tests.browser.filling import EXACT
from tests.servers import RunningServer

pytestmark = pytest.mark.console


@pytest.fixture(scope="module")
def page(browser: Any, console: RunningServer) -> Iterator[Page]:
    """One page for all that is only computed."""
    opener = Opener(browser, console.url)
    yield opener()
    opener.close_pages()
    opener.close_contexts()


def run(page: Page, module: str, expression: str, *arguments: Any) -> Any:
    """The value of an expression of a module's exports (`m`) and arguments (`a`)."""
    code = f"""async ([module, a]) => {{
      const base = document.querySelector("script[type=module]").src.replace(/app\\/main.js$/, "");
      const m = await import(base + module);
      return {expression};
    }}"""
    return page.evaluate(code, [module, list(arguments)])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (EXACT, None),
        ("-0", None),
        ("1e125", None),
        ("1e-130", None),
        (".5", None),
        ("5.", None),
        ("1" * 38, None),
        ("1" * 39, "number.digits"),
        ("1" + "0" * 60, None),
        ("1e126", "number.large"),
        ("1e-131", "number.small"),
        ("", "number.form"),
        (".", "number.form"),
        ("0x10", "number.form"),
        ("1,5", "number.form"),
        ("NaN", "number.form"),
    ],
)
def test_numbers_are_checked_by_their_digits(page: Page, text: str, problem: str | None) -> None:
    assert run(page, "values/numbers.js", "m.numberProblem(a[0])", text) == problem


@pytest.mark.parametrize(
    ("left", "right", "order"),
    [
        ("9007199254740993", "9007199254740992", 1),
        ("-1", "1", -1),
        ("1e10", "9", 1),
        ("-2", "-1", -1),
        ("0", "-0", 0),
        ("0.1", "0.10", 0),
        ("-0.001", "0", -1),
        ("10", "9", 1),
    ],
)
def test_numbers_are_compared_by_all_digits(page: Page, left: str, right: str, order: int) -> None:
    assert run(page, "values/numbers.js", "m.compareNumbers(a[0], a[1])", left, right) == order


def test_plain_json_keeps_every_digit_and_names_the_place_of_a_mistake(page: Page) -> None:
    text = json.dumps({"a": [1, {"b": None}], "c": True, "é": '"\\', "__proto__": "x"})
    text = text.replace("1", EXACT)
    expression = "m.itemToPlain(m.fromPlain(a[0]).M)"
    assert json.loads(run(page, "values/plain.js", expression, text)) == json.loads(text)
    assert EXACT in run(page, "values/plain.js", expression, text)
    failing = "(() => { try { m.fromPlain(a[0]); return null; } catch (e) { return e.place; } })()"
    for wrong in ("", "{", '{"a":1,}', "[1 2]", "01", "tru", '{"a":1} x', "'a'", "NaN"):
        assert run(page, "values/plain.js", failing, wrong)["line"] == 1
    place = run(page, "values/plain.js", failing, '{\n  "a": x}')
    assert place == {"line": 2, "column": 8}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"B": "w6FydsOtesWx"}, '"árvízű"'),
        ({"B": "AAEC/w=="}, "00 01 02 ff"),
        ({"B": ""}, "0 B"),
        ({"B": "AAAA" * 20}, f"{' '.join(['00'] * 32)} … 60 B"),
        ({"SS": ["a", 'b"c']}, '{ "a", "b\\"c" }'),
        ({"NS": ["1", EXACT]}, f"{{ 1, {EXACT} }}"),
        ({"BS": ["YQ==", "AA=="]}, '{ "a", 00 }'),
        ({"M": {"a": {"L": [{"N": "1"}, {"S": "x"}]}}}, '{ a: [ 1, "x" ] }'),
        ({"NULL": True}, "NULL"),
    ],
)
def test_binary_and_sets_are_readable(page: Page, value: dict[str, Any], shown: str) -> None:
    assert run(page, "values/attribute.js", "m.display(a[0])", value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(1_796_000_400, "01:00"), (1_795_996_800, "Nov 30")]
)
def test_an_axis_has_hours_and_at_midnight_the_day(page: Page, seconds: int, shown: str) -> None:
    offset = page.evaluate("(s) => new Date(s * 1000).getTimezoneOffset() * 60", seconds)
    assert run(page, "app/text.js", "m.clock(a[0])", seconds + offset) == shown


def test_sizes_are_those_that_the_server_counts(page: Page) -> None:
    items: list[dict[str, Any]] = [
        {"é": {"S": "ő"}, "n": {"N": "-123.45"}, "z": {"N": "0"}},
        {"b": {"B": "AAEC"}, "t": {"BOOL": True}, "u": {"NULL": True}},
        {"ss": {"SS": ["a", "bc"]}, "ns": {"NS": ["1", "200"]}, "bs": {"BS": ["AA==", "AAE="]}},
        {"l": {"L": [{"S": "a"}, {"M": {"x": {"N": "1"}}}]}, "m": {"M": {}}},
    ]
    for item in items:
        assert run(page, "values/size.js", "m.itemSize(a[0])", item) == item_size(item)


def test_code_is_what_a_shell_and_a_program_read_back(page: Page) -> None:
    call = {
        "service": "dynamodb",
        "operation": "PutItem",
        "input": {
            "TableName": "T'x",
            "Item": {"k": {"S": 'it\'s $HOME `x` \\ "q"'}, "b": {"B": "AAE="}, "t": {"BOOL": True}},
            "SSESpecification": {"Enabled": None},
        },
    }
    at = {"endpoint": "http://h:1", "region": "r"}
    expression = "m.generate(a[0], a[1], a[2])"
    words = shlex.split(
        run(page, "code/generate.js", expression, "cli", call, at).replace("\\\n", "")
    )
    assert words[:3] == ["aws", "dynamodb", "put-item"]
    assert words[words.index("--table-name") + 1] == "T'x"
    assert json.loads(words[words.index("--item") + 1]) == call["input"]["Item"]
    assert "--sse-specification" in words
    python = run(page, "code/generate.js", expression, "boto3", call, at)
    compile(python, "code", "exec")
    assert "import base64" in python
    assert 'base64.b64decode("AAE=")' in python
    assert "Buffer.from" in run(page, "code/generate.js", expression, "javascript", call, at)


def test_code_has_nothing_that_a_terminal_obeys(page: Page) -> None:
    """Where it is pasted, "escape, [201~" ends the pasting: what follows would be typed."""
    statement = "SELECT '\x1b[201~\n' \\ \x9b\x7f\x00"
    call = {
        "service": "dynamodb",
        "operation": "ExecuteStatement",
        "input": {"Statement": statement},
    }
    at = {"endpoint": "http://h:1", "region": "r"}
    code = run(page, "code/generate.js", "m.generate('cli', a[0], a[1])", call, at)
    assert all(line.isprintable() for line in code.splitlines())
    printed = f'aws() {{ printf %s "$4"; }}; {code}'
    locale = {"LC_ALL": "C.UTF-8"}
    read = subprocess.run(
        ["bash", "-c", printed], capture_output=True, check=True, env=locale
    ).stdout
    assert read.decode() == statement.partition("\0")[0]  # as far as any argument can have it


def test_a_property_that_would_be_a_prototype_is_one(page: Page) -> None:
    call = {"service": "dynamodb", "operation": "PutItem", "input": {"Item": [["__proto__", "x"]]}}
    item = "Object.fromEntries(a[0].input.Item)"
    make = f"m.generate('javascript', {{ ...a[0], input: {{ Item: {item} }} }}, {{}})"
    code = run(page, "code/generate.js", make, call)
    assert '["__proto__"]: "x"' in code


def test_csv_is_read_as_spreadsheets_write_it(page: Page) -> None:
    text = '\ufeffa;b\r\n"x;""y""\nz";1\r\n;2\r\n'
    rows = run(page, "views/transfer/csv.js", "m.parseCsv(a[0])", text)
    assert rows == [["a", "b"], ['x;"y"\nz', "1"], ["", "2"]]


def test_xml_of_the_query_protocol_becomes_objects(page: Page) -> None:
    text = "<R xmlns='u'><L><member>a &lt;b&gt; &#233;</member><member><X/></member></L><E/></R>"
    found = run(page, "api/query.js", "m.readXml(a[0])", text)
    assert found == {"R": {"L": ["a <b> é", {"X": ""}], "E": ""}}


def test_what_is_typed_in_the_palette_finds_by_letters(page: Page) -> None:
    assert run(page, "ui/palette.js", "m.distance(a[0], a[1])", "ord", "Orders") == 0
    assert run(page, "ui/palette.js", "m.distance(a[0], a[1])", "odr", "Orders") > 0
    assert run(page, "ui/palette.js", "m.distance(a[0], a[1])", "xyz", "Orders") == -1


@pytest.mark.parametrize(
    ("number", "says"), [(0, "0 items"), (1, "1 item"), (2, "2 items"), (1500, "1,500 items")]
)
def test_words_have_the_form_for_their_number(page: Page, number: int, says: str) -> None:
    assert run(page, "app/text.js", "m.t('table.items', { count: a[0] })", number) == says


def test_numbers_in_texts_are_written_as_the_language_does(open_page: OpenPage) -> None:
    page = open_page(locale="de-DE")
    figures = {"kept": 1500, "scanned": 1500, "units": 0.5, "ms": 1, "pages": 1}
    says = run(page, "app/text.js", "m.t('items.status', a[0])", figures)
    assert says == "1.500 behalten von 1.500 gelesenen · 0,5 Einheiten · 1 ms · 1 Seite"


def test_items_lie_under_an_index_by_partition_in_the_order_of_its_sort_key(page: Page) -> None:
    def item(part: str, number: str) -> dict[str, Any]:
        return {"p": {"S": part}, "n": {"N": number}}

    items = [item("b", "10"), item("a", "9"), item("b", "-2"), {"p": {"S": "a"}}, item("b", "9")]
    keys = {"hash": ["p"], "range": ["n"]}
    module = "views/collections/partitions.js"
    within = run(page, module, "m.inIndex(a[0], a[1])", items, keys)
    assert within == [each for each in items if "n" in each]
    strips = run(page, module, "m.byPartition(m.inOrder(a[0], a[1]), a[1])", within, keys)
    assert {strip["key"]: [each["n"]["N"] for each in strip["items"]] for strip in strips} == {
        "b": ["-2", "9", "10"],
        "a": ["9"],
    }
