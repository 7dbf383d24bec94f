"""Commands, help, and failures in one line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest

from jedlik import __version__
from jedlik.cli import main
from jedlik.cli.command import COMMANDS, command
from jedlik.cli.exits import EPILOG
from jedlik.cli.options.sections import SECTIONS
from jedlik.modelling.examples import EXAMPLES
from tests.servers import environment


class Ended:
    """How a run of the command ended."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> None:
        with pytest.raises(SystemExit) as exited:
            main(list(arguments))
        self.code = exited.value.code
        self.out, self.err = capsys.readouterr()


@pytest.fixture(autouse=True)
def no_settings_of_the_machine(monkeypatch):
    for name in environment().keys() - {"PYTHONUTF8"}:
        if name.startswith("JEDLIK_"):
            monkeypatch.delenv(name)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(capsys, name):
    loaded = getattr(import_module(COMMANDS[name].module), COMMANDS[name].name)
    assert loaded.help.splitlines()[0] == COMMANDS[name].help
    for flag in ("--help", "-h"):
        ended = Ended(capsys, name, flag)
        assert ended.code == 0
        assert ended.out.startswith(f"Usage: jedlik {name} ")


def every_command(group: click.Group) -> Iterator[click.Command]:
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert found
        yield found
        if isinstance(found, click.Group):
            yield from every_command(found)


def test_help_names_what_an_option_takes_and_not_its_type() -> None:
    for each in every_command(command):
        for option in each.params:
            shown = option.make_metavar(click.Context(each))
            assert shown not in {"TEXT", "INTEGER", "INTEGER RANGE", "FLOAT", "FLOAT RANGE"}, (
                f"{each.name} {option.name}: needs a metavar"
            )


def test_help_lists_commands_and_exit_codes(capsys):
    ended = Ended(capsys, "--help")
    assert ended.code == 0
    for name, lazy in COMMANDS.items():
        assert f"  {name}  " in ended.out
        assert lazy.help in ended.out
    for line in EPILOG.splitlines()[1:]:
        assert line.strip() in ended.out


@pytest.mark.parametrize("arguments", [[], ["serve"], ["keys", "new"]])
def test_help_is_asked_for_by_a_word_too(capsys, arguments):
    ended = Ended(capsys, "help", *arguments)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == Ended(capsys, *arguments, "--help").out


@pytest.mark.parametrize(
    ("before", "told"),
    [
        ("sys.version_info = (3, 10, 13)", "Python 3.11 or newer is needed, and "),
        ("sys.modules['click'] = None", "`make serve` installs"),
    ],
)
def test_a_clone_says_what_a_python_lacks_to_run_it(before, told):
    program = f"import runpy, sys; {before}; runpy.run_module('jedlik', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_lists_of_commands_are_whole_sentences(capsys):
    """click cuts what is too long for a line."""
    for arguments in (["--help"], ["keys", "--help"]):
        _, _, listed = Ended(capsys, *arguments).out.partition("Commands:\n")
        rows = listed.partition("\n\n")[0].splitlines()
        assert len(rows) > 4
        for row in rows:
            assert row.endswith(".")
            assert not row.endswith("...")


def test_without_a_command_it_helps(capsys):
    ended = Ended(capsys)
    assert ended.code == 2
    assert "Usage: jedlik" in ended.err


def test_every_option_of_serve_has_a_variable():
    with click.Context(command) as ctx:
        serve = command.get_command(ctx, "serve")
    for option in serve.params:
        assert option.envvar == f"JEDLIK_{option.name.upper()}"
        assert option.help


def test_every_option_of_serve_is_in_one_section(capsys):
    with click.Context(command) as ctx:
        serve = command.get_command(ctx, "serve")
    names = sorted(name for listed in SECTIONS.values() for name in listed.split())
    options = {each.opts[-1].removeprefix("--") for each in serve.params}
    assert names == sorted(options | {"help"})
    shown = Ended(capsys, "serve", "--help").out
    for heading in SECTIONS:
        assert f"\n\n{heading}:\n  -" in shown
    for name in names:
        assert f"--{name}" in shown
    assert "[env var" not in shown
    assert "that of --port-file is JEDLIK_PORT_FILE" in " ".join(shown.split())


def test_help_costs_no_server():
    program = (
        "import sys; from jedlik.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: print(sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "'jedlik.cli.command'" in done.stderr
    for module in ("asyncio", "lmdb", "rich", "jedlik.app"):
        assert f"'{module}'" not in done.stderr


def test_serving_loads_nothing_it_does_not_need():
    program = "import sys, jedlik.cli.serve; print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "'uvloop'" in done.stdout
    for module in (
        "rich",
        "botocore",
        "encodings.idna",
        "jedlik.services.dynamodb.operations.tables.create_table",
        "jedlik.services.dynamodb.operations.tables.update_table",
        "jedlik.services.dynamodb.replication.sending",
        "jedlik.services.dynamodb.transfers.export_work",
        "jedlik.services.dynamodb.verifying.verification",
    ):
        assert f"'{module}'" not in done.stdout


@pytest.mark.parametrize("word", ["version", "--version", "-V"])
def test_the_version_is_printed(capsys, word):
    ended = Ended(capsys, word)
    assert (ended.code, ended.out) == (0, f"{__version__}\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_for_each_shell(capsys, shell):
    ended = Ended(capsys, "completion", shell)
    assert ended.code == 0
    assert "_JEDLIK_COMPLETE" in ended.out


def test_completion_completes():
    done = subprocess.run(
        [sys.executable, "-m", "jedlik"],
        capture_output=True,
        text=True,
        env=environment(
            _JEDLIK_COMPLETE="bash_complete", COMP_WORDS="jedlik serve --dura", COMP_CWORD="2"
        ),
    )
    assert done.stdout == "plain,--durability\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["serv"], "No such command 'serv'. Did you mean 'serve'?"),
        (["start"], "No such command 'start'. Did you mean 'serve'?"),
        (["nothing"], "No such command 'nothing'"),
        (["--nothing"], "No such option '--nothing'"),
        (["completion", "tcsh"], "'tcsh' is not one of"),
        (["copy"], "Missing argument"),
        (["serve", "--prot", "1"], "No such option '--prot'. Did you mean '--port'? ("),
        (["serve", "-p", "1"], "No such option '-p'. Did you mean '--port'? ("),
        (["-p", "1"], "--port is an option of a command: jedlik serve --port ("),
        (["-v"], "No such option '-v'. Did you mean '--version'? ("),
        (["serve", "-q"], "No such option '-q' ("),
        (["--port", "1"], "--port is an option of a command: jedlik serve --port ("),
        (["serve", "--memory=1"], "does not take a value (help: jedlik serve --help)"),
        (["serve", "--port"], "requires an argument (help: jedlik serve --help)"),
        (["-inMem"], "No such option '-inMem'. Did you mean '-inMemory'? ("),
        (["serve", "-shareddb"], "No such option '-shareddb'. Did you mean '-sharedDb'? ("),
        (["-x"], "No such option '-x' (help: jedlik --help)"),
        (["serve", "extra"], "unexpected extra argument (extra). Did you mean '--data extra'?"),
        (["version", "extra"], "unexpected extra argument (extra) ("),
        (["serve", "--memory", "--data", "d"], "--memory and --data exclude each other"),
        (["serve", "--memory", "--workers", "2"], "--memory belongs to one process"),
        (["serve", "--access-key", "a"], "--access-key needs --secret-key"),
        (["serve", "--secret-key", "a"], "--secret-key needs --access-key"),
        (["serve", "--memory", "--audit-data-events"], "--audit-data-events needs --audit-log"),
        (["serve", "--access-key", "", "--secret-key", ""], "--access-key is empty"),
        (["serve", "--access-key", "a", "--secret-key", ""], "--secret-key is empty"),
        (["serve", "--access-key", "a/b", "--secret-key", "s"], "no signature can name"),
        (["serve", "--access-key", "a b", "--secret-key", "s"], "no signature can name"),
        (["serve", "--access-key", "\xe9", "--secret-key", "s"], "no signature can name"),
        (["serve", "--memory", "--tls-name", "a"], "--tls-name needs --tls auto"),
        (["serve", "--memory", "--tls-directory", "d"], "--tls-directory needs --tls auto"),
        (["serve", "--tls", "auto", "--tls-name", "a b"], "'a b' is neither a host name"),
        (["serve", "--tls", "auto", "--tls-name", "a..b"], "'a..b' is neither a host name"),
        (["serve", "--tls", "auto", "--tls-name", "a.*"], "'a.*' is neither a host name"),
        (["serve", "--port", "65536"], "65536 is not in the range"),
        (["serve", "--port", "http"], "'http' is not a valid whole number ("),
        (["serve", "--ttl-interval", "soon"], "'soon' is not a valid number ("),
        (["serve", "--workers", "0"], "0 is not in the range"),
        (["serve", "--durability", "maybe"], "'maybe' is not one of"),
        (["serve", "--transition-seconds", "-1"], "is not in the range"),
        (["serve", "--log-level", "loud"], "'loud' is not one of"),
        (["serve", "--host", "0.0.0.0", "--port", "0", "--memory"], "without credentials"),
        (["serve", "--host", "::", "--port", "0", "--memory"], "from other machines"),
        (["backup", "a" * 300], "no file can have so long a name: aaa"),
    ],
)
def test_a_wrong_command_line_is_one_line(capsys, arguments, told):
    ended = Ended(capsys, *arguments)
    assert ended.code == 2
    assert ended.out == ""
    assert ended.err.startswith("jedlik: ")
    assert ended.err.count("\n") == 1
    assert told in ended.err


@pytest.mark.parametrize("command", [["verify"], ["keys", "list"], ["copy", "--", "b"]])
def test_a_directory_whose_name_is_too_long_is_one_line(capfd, command):
    name, *others = command
    ended = Ended(capfd, name, *others[:1], "a" * 300, *others[1:])
    assert ended.code == 3
    assert ended.err.startswith("jedlik: aaa")
    assert ended.err.endswith(" cannot be used: File name too long\n")
    assert ended.err.count("\n") == 1


CLIPBOARD = "\x1b]52;c;cm0gLXJmIH4=\x07"
"""A terminal that obeys it has a command on its clipboard."""


@pytest.mark.parametrize("arguments", [["seed"], ["model", "check"], ["keys", "list"]])
def test_files_do_not_write_on_the_terminal(capsys, tmp_path, arguments):
    file = tmp_path / f"a{CLIPBOARD}.json"
    file.write_text("no JSON")
    ended = Ended(capsys, *arguments, str(file))
    assert ended.code in (2, 3)
    assert ended.err.rstrip("\n").isprintable()
    assert "52;c;" in ended.err


def test_models_do_not_write_on_the_terminal(capsys, tmp_path):
    document = json.loads(EXAMPLES["shop"].read_text())
    document["ModelName"] = CLIPBOARD
    for pattern in document["Jedlik"]["AccessPatterns"]:
        pattern["Name"] += f"{CLIPBOARD}\nok"
    file = tmp_path / "model.json"
    file.write_text(json.dumps(document))
    shown = Ended(capsys, "model", "check", str(file)).out
    assert "52;c;" in shown
    assert all(line.isprintable() for line in shown.splitlines())
    program = Ended(capsys, "model", "code", str(file), "--for", "boto3").out
    assert all(line.isprintable() for line in program.splitlines())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_output_that_cannot_be_written_is_one_line():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "jedlik", "completion", "bash"],
            stdout=full, stderr=subprocess.PIPE, text=True, env=environment(), check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == (
        "jedlik: what it printed could not be written: No space left on device\n"
    )
