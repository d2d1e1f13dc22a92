"""The Containerfile and the compose file of `deploy/`, as far as they can be tried without a container engine."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from bootproof.project.compose import services
from bootproof.project.containers import Image, read_image
from bootproof.project.shell import expand
from bootproof.project.sources import Sources
from bootproof.server.settings import Misconfigured, Settings, read_settings
from tests.conftest import HERE

COMPOSE = yaml.safe_load((HERE / "deploy" / "compose.yaml").read_text())
FILLED = {"DOMAIN": "audits.example.com", "SECRET_KEY": "k" * 64, "POSTGRES_PASSWORD": "w" * 48}


@pytest.fixture(scope="module")
def image() -> Image:
    found = read_image(Sources(HERE), "deploy/Containerfile", ".")
    assert found is not None
    return found


def environment(**given: str) -> dict[str, str]:
    """What compose gives the server, filled in from what `.env` says."""
    told = {key: expand(str(value), given) for key, value in COMPOSE["services"]["server"]["environment"].items()}
    assert not [value for value in told.values() if "$" in value]
    return told


def test_what_is_copied_is_there_and_what_is_run_is_a_command(image: Image) -> None:
    text = (HERE / "deploy" / "Containerfile").read_text()
    for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.M):
        assert all((HERE / each).exists() for each in line.split()[:-1]), line
    assert image.command is not None and image.command.words == ("bootproof", "serve") and image.port == 8081
    done = subprocess.run([sys.executable, "-m", "bootproof.cli.main", *image.command.words[1:], "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and "team server" in done.stdout
    assert re.search(r"^USER [1-9]\d*$", text, re.M), "it does not run as root"
    variables = set(image.environment) - {"PATH", "PYTHONUNBUFFERED"}
    assert {each.lower() for each in variables} <= set(Settings.model_fields)


def test_the_locked_versions_are_those_of_the_extra() -> None:
    locked = set(re.findall(r"^([a-z0-9.-]+)(?:\[[^]]*\])?==", (HERE / "requirements" / "server.txt").read_text(), re.M))
    declared = tomllib.loads((HERE / "pyproject.toml").read_text())["project"]
    wanted = [*declared["dependencies"], *declared["optional-dependencies"]["server"], *declared["optional-dependencies"]["telemetry"]]
    assert {re.match(r"[\w.-]+", each)[0].lower().replace("_", "-") for each in wanted} <= locked  # type: ignore[index]


def test_the_health_check_is_one_that_answers(image: Image) -> None:
    checked = re.search(r"HEALTHCHECK.*\n\s+CMD (\[.*\])", (HERE / "deploy" / "Containerfile").read_text())
    assert checked and "http://127.0.0.1:8081/livez" in checked[1]
    compile(json.loads(checked[1])[2], "<check>", "exec")


def test_compose_gives_settings_with_which_the_server_starts() -> None:
    told = environment(**FILLED)
    assert {each.lower() for each in told} <= set(Settings.model_fields)
    settings = read_settings(**{key.lower(): value for key, value in told.items()})
    assert settings.environment == "production" and settings.secure
    address = settings.database.url
    database = COMPOSE["services"]["database"]["environment"]
    assert (address.host, address.username, address.database, address.password) == (
        "database", database["POSTGRES_USER"], database["POSTGRES_DB"], FILLED["POSTGRES_PASSWORD"],
    )  # fmt: skip
    assert settings.trusted_proxies == [COMPOSE["networks"]["front"]["ipam"]["config"][0]["subnet"]]
    assert COMPOSE["services"]["proxy"]["networks"] == ["front"], "the server sees the proxy by no other address"


def test_what_must_be_filled_in_is_demanded() -> None:
    text = (HERE / "deploy" / "compose.yaml").read_text()
    example = dict(line.split("=", 1) for line in (HERE / "deploy" / "env.example").read_text().splitlines() if "=" in line and line[0] != "#")
    assert set(re.findall(r"\$\{(\w+)", text)) == set(example), "the example has each variable and no other"
    assert set(re.findall(r"\$\{(\w+):\?", text)) == set(FILLED)
    with pytest.raises(Misconfigured, match="SECRET_KEY"):
        read_settings(**{key.lower(): value for key, value in environment(**{**FILLED, "SECRET_KEY": "short"}).items()})


def test_services_lead_to_one_another() -> None:
    found = {each.name: each for each in services(Sources(HERE)) if each.file == "deploy/compose.yaml"}
    assert found["server"].dockerfile == "deploy/Containerfile" and found["server"].context == "."
    listed = COMPOSE["services"]
    assert shlex.split(listed["proxy"]["command"])[-1] == "server:8081"
    for name, each in listed.items():
        assert set(each.get("depends_on", {})) <= set(listed)
        assert set(each["networks"]) <= set(COMPOSE["networks"])
        assert {volume.split(":")[0] for volume in each.get("volumes", [])} <= set(COMPOSE["volumes"])
        assert name == "proxy" or "ports" not in each, "only the proxy is reached from outside"
    assert listed["database"]["networks"] == ["inside"] and COMPOSE["networks"]["inside"]["internal"]


def test_it_ends_before_it_is_killed(image: Image) -> None:
    from bootproof.server.serving import STOPS_WITHIN

    grace = int(COMPOSE["services"]["server"]["stop_grace_period"].removesuffix("s"))
    assert int(image.environment["DRAIN_SECONDS"]) + STOPS_WITHIN < grace
    assert Path(HERE / "docs" / "server.md").read_text().count("deploy/compose.yaml") == 1
