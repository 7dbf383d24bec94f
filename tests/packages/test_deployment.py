"""What deploys the server: the unit of systemd, the chart of Helm, the files of Docker."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from jedlik.cli.command import command
from tests.packages.conftest import SECONDS
from tests.servers import ROOT, environment

PACKAGING = ROOT / "packaging"
CHART = PACKAGING / "helm" / "jedlik"
KUBERNETES = "1.35"
OPEN = ("engine.existingSecret=database", "insecure=true")
CLOSED = ("engine.existingSecret=database", "tls.existingSecret=tls",
          "credentials.existingSecret=administrator")  # fmt: skip
EVERYTHING = (
    *CLOSED, "engine.readKey=standbys", "rootKey.existingSecret=root", "autoscaling.enabled=true",
    "extraArgs={--log-requests=json,--admin-port=9090}", "extraEnv[0].name=JEDLIK_LOG_LEVEL",
    "extraEnv[0].value=info", "podLabels.team=a", "podAnnotations.note=b",
    "extraContainers[0].name=scraper", "extraContainers[0].image=scraper:1",
    "imagePullSecrets[0].name=pull", "nodeSelector.disk=ssd", "service.annotations.note=c",
)  # fmt: skip
Tool = Callable[[str], str]


def rendered(helm: str, *values: str) -> list[dict[str, Any]]:
    """The chart's objects with these values. Fails the test where Helm refuses them."""
    done = subprocess.run(
        [helm, "template", "db", str(CHART), "--namespace", "shop", "--kube-version", KUBERNETES,
         *(part for each in values for part in ("--set", each))],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [each for each in yaml.safe_load_all(done.stdout) if each]


def container(objects: list[dict[str, Any]]) -> dict[str, Any]:
    """The server's container."""
    (deployment,) = [each for each in objects if each["kind"] == "Deployment"]
    found: dict[str, Any] = deployment["spec"]["template"]["spec"]["containers"][0]
    return found


@pytest.mark.parametrize("values", [OPEN, CLOSED, EVERYTHING], ids=["open", "closed", "everything"])
def test_the_chart_is_what_kubernetes_takes(tool: Tool, values: tuple[str, ...]) -> None:
    helm = tool("helm")
    linted = subprocess.run(
        [helm, "lint", "--strict", "--kube-version", KUBERNETES, str(CHART),
         *(p for each in values for p in ("--set", each))],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert linted.returncode == 0, linted.stdout
    objects = rendered(helm, *values)
    assert {"Deployment", "Service", "PodDisruptionBudget"} <= {each["kind"] for each in objects}
    for each in objects:
        kubernetes_validate.validate(each, KUBERNETES, strict=True)


def test_the_options_that_it_gives_are_those_of_serve(tool: Tool) -> None:
    serve = command.get_command(None, "serve")  # type: ignore[arg-type]
    options = {name for option in serve.params for name in option.opts}
    variables = {option.envvar for option in serve.params}
    for values in (OPEN, EVERYTHING):
        made = container(rendered(tool("helm"), *values))
        assert made["args"][0] == "serve"
        assert {each.partition("=")[0] for each in made["args"][1:]} <= options
        assert {each["name"] for each in made["env"]} <= variables


def test_probes_go_where_the_server_answers(tool: Tool) -> None:
    for values, scheme in ((OPEN, "HTTP"), (CLOSED, "HTTPS")):
        made = container(rendered(tool("helm"), *values))
        assert made["readinessProbe"]["httpGet"] == {
            "path": "/ready", "port": "api", "scheme": scheme}  # fmt: skip
        assert made["livenessProbe"]["httpGet"]["path"] == "/healthcheck"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (("insecure=true",), "engine.existingSecret is needed"),
        (CLOSED[:2], "credentials.existingSecret is needed"),
        ((CLOSED[0], CLOSED[2]), "tls.existingSecret is needed"),
        ((*CLOSED, "workers=0"), "workers"),
        ((*CLOSED, "tls.secretName=x"), "secretName"),
    ],
)
def test_the_chart_refuses_what_the_server_would(
    tool: Tool, values: tuple[str, ...], text: str
) -> None:
    with pytest.raises(AssertionError, match=re.escape(text)):
        rendered(tool("helm"), *values)


def test_the_unit_is_what_systemd_takes(tool: Tool, tmp_path: Path) -> None:
    analyze = tool("systemd-analyze")
    unit = tmp_path / "jedlik.service"
    text = (PACKAGING / "systemd" / "jedlik.service").read_text("utf-8")
    (program,) = re.findall(r"^ExecStart=(\S+) serve ", text, re.MULTILINE)
    # Of the two things that are not on this machine, the program and its man page.
    there = shutil.which("true")
    assert there is not None
    unit.write_text(
        re.sub("^Documentation=.*\n", "", text, flags=re.MULTILINE).replace(program, there)
    )
    verified = subprocess.run(
        [analyze, "verify", str(unit)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    graded = subprocess.run(
        [analyze, "security", "--offline=true", "--threshold=20", str(unit)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert graded.returncode == 0, graded.stdout  # 2.0 of 10, where 10 is open


def test_what_the_image_needs_has_wheels_for_both_processors(tool: Tool, tmp_path: Path) -> None:
    """Of Debian 12's C library and of older ones, since newer images have newer ones."""
    image = (PACKAGING / "docker" / "Dockerfile").read_text("utf-8")
    (version,) = re.findall(r"^ARG PYTHON_IMAGE=python:([\d.]+)-slim$", image, re.MULTILINE)
    for processor in ("x86_64", "aarch64"):
        kinds = ["manylinux2014", *(f"manylinux_2_{minor}" for minor in range(17, 37))]
        done = subprocess.run(
            [tool("pip"), "download", "--quiet", "--no-deps", "--only-binary=:all:",
             "--require-hashes", "--python-version", version,
             *(part for kind in kinds for part in ("--platform", f"{kind}_{processor}")),
             "-d", str(tmp_path / processor), "-r", str(ROOT / "requirements" / "image.txt")],
            capture_output=True, text=True, timeout=SECONDS, env=environment(), check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


def test_the_compose_file_gives_variables_of_serve() -> None:
    (service,) = yaml.safe_load((PACKAGING / "docker" / "compose.yaml").read_text())[
        "services"
    ].values()
    serve = command.get_command(None, "serve")  # type: ignore[arg-type]
    assert set(service["environment"]) <= {option.envvar for option in serve.params}
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    dockerfile = (service["build"]["dockerfile"], service["build"]["context"])
    assert (PACKAGING / "docker" / dockerfile[1] / dockerfile[0]).exists()
