"""Settings that stop the start, in the layouts and spellings that people use."""

from pathlib import Path

import pytest

from bootproof.audit.api import Options, fix
from bootproof.model.report import Report
from bootproof.model.words import Safety, Severity, Verdict
from tests.conftest import audited
from tests.rules.reading_facts import written

pytestmark = pytest.mark.slow

REQUIREMENTS = "fastapi\nuvicorn\npydantic-settings\n"
MAIN = "from fastapi import FastAPI\nfrom {module} import {name}\n{more}\napp = FastAPI()\n"


def pressing(report: Report) -> set[tuple[str, str, int, Safety | None]]:
    return {
        (each.code, each.file, each.line, each.fix.safety if each.fix else None)
        for each in report.findings
        if each.severity is not Severity.ADVICE
    }


def test_missing_settings_of_a_cached_factory_in_a_src_layout(tmp_path: Path) -> None:
    config = (
        "from functools import lru_cache\nfrom pydantic import Field, PostgresDsn\n"
        "from pydantic_settings import BaseSettings as Base\n\n"
        "class Common(Base):\n    hall: str\n\n"
        "class Local(Common, env_prefix='HALL_'):\n    store: PostgresDsn\n"
        "    pepper: str = Field(min_length=32, validation_alias='PEPPER')\n\n"
        "@lru_cache\ndef get() -> Local:\n    return Local()\n"
    )
    root = written(tmp_path, {
        "requirements.txt": REQUIREMENTS, "src/hall/__init__.py": "", "src/hall/config.py": config,
        "src/hall/main.py": MAIN.format(module="hall.config", name="get", more="get()"),
    })  # fmt: skip
    report = audited(root)
    assert {each[:3] for each in pressing(report)} == {
        ("BP301", "src/hall/config.py", 6),
        ("BP301", "src/hall/config.py", 9),
        ("BP301", "src/hall/config.py", 10),
    }
    assert report.fixed_verdict is Verdict.UNPROVED


def test_starlette_config_and_own_refusal(tmp_path: Path) -> None:
    main = (
        "import os\nfrom fastapi import FastAPI\nfrom starlette.config import Config\n"
        "read = Config()\nregion = os.getenv('STAGE_REGION')\n"
        "if not region:\n    raise RuntimeError('name a region')\n"
        "title = read('STAGE_TITLE', cast=str)\napp = FastAPI(title=title)\n"
    )
    report = audited(written(tmp_path, {"requirements.txt": "fastapi\nuvicorn\n", "main.py": main}))
    assert pressing(report) == {
        ("BP301", "main.py", 5, Safety.PLACEHOLDER),
        ("BP301", "main.py", 8, Safety.PLACEHOLDER),
    }


@pytest.mark.parametrize(
    ("options", "after"),
    [
        ("    class Config:\n        env_file = '.env'\n", "        extra = \"ignore\"\n        env_file = '.env'\n"),
        ("    model_config = {'env_file': '.env'}\n", "model_config = {\"extra\": \"ignore\", 'env_file': '.env'}\n"),
    ],
)
def test_undeclared_settings_with_windows_line_ends(tmp_path: Path, options: str, after: str) -> None:
    head = "from pydantic_settings import BaseSettings\n\nclass Conf(BaseSettings):\n"
    config = f"{head}{options}    name: str = 'x'\n\nconf = Conf()\n"
    root = written(tmp_path, {
        "requirements.txt": REQUIREMENTS, ".gitignore": ".env\n", ".env": "# local\r\nNAME=y\r\nWORKERS=2\r\n",
        "pkg/__init__.py": "", "pkg/conf.py": config.replace("\n", "\r\n"),
        "main.py": MAIN.format(module="pkg.conf", name="conf", more=""),
    })  # fmt: skip
    report = audited(root)
    assert pressing(report) == {("BP302", ".env", 3, Safety.SAFE)}
    fix(Options(root=root), report, write=True)
    assert after.replace("\n", "\r\n") in (root / "pkg/conf.py").read_bytes().decode()
    assert audited(root).verdict is Verdict.STARTS


def test_forbidding_by_choice_is_not_lifted_as_safe(tmp_path: Path) -> None:
    config = (
        "from pydantic_settings import BaseSettings, SettingsConfigDict\n\nclass Conf(BaseSettings):\n"
        "    model_config = SettingsConfigDict(env_file='.env', extra='forbid')\n    name: str = 'x'\n\nconf = Conf()\n"
    )
    root = written(tmp_path, {
        "requirements.txt": REQUIREMENTS, ".gitignore": ".env\n", ".env": "NMAE=y\n", "conf.py": config,
        "main.py": MAIN.format(module="conf", name="conf", more=""),
    })  # fmt: skip
    assert pressing(audited(root)) == {("BP302", ".env", 1, Safety.UNSAFE)}


@pytest.mark.parametrize(
    ("annotation", "line", "after"),
    [
        ("list[int] = []", 'PORTS="80; 443"', "PORTS=\"[80,443]\""),
        ("set[str] = set()", "PORTS=*", "PORTS='[\"*\"]'"),
        ("list[str] = []", "export PORTS=", "export PORTS=[]"),
    ],
)  # fmt: skip
def test_lists_become_json_in_their_own_quotes(tmp_path: Path, annotation: str, line: str, after: str) -> None:
    config = (
        "from pydantic_settings import BaseSettings\n\nclass Conf(BaseSettings, env_file='.env'):\n"
        f"    ports: {annotation}\n\nconf = Conf()\n"
    )
    root = written(tmp_path, {
        "requirements.txt": REQUIREMENTS, ".gitignore": ".env\n", ".env": line + "\n", "conf.py": config,
        "main.py": MAIN.format(module="conf", name="conf", more=""),
    })  # fmt: skip
    report = audited(root)
    assert pressing(report) == {("BP303", ".env", 1, Safety.SAFE)}
    fix(Options(root=root), report, write=True)
    assert (root / ".env").read_text() == after + "\n"
    assert audited(root).verdict is Verdict.STARTS


def test_wrong_values_of_secrets_are_not_shown(tmp_path: Path) -> None:
    config = (
        "from pydantic import AmqpDsn\nfrom pydantic_settings import BaseSettings\n\n"
        "class Conf(BaseSettings, env_file='.env'):\n    broker: AmqpDsn\n\nconf = Conf()\n"
    )
    root = written(tmp_path, {
        "requirements.txt": REQUIREMENTS, ".gitignore": ".env\n", "conf.py": config,
        ".env": "BROKER=mqtt://hall:Kd93mQx71Lw@broker.example/hall\n",
        "main.py": MAIN.format(module="conf", name="conf", more=""),
    })  # fmt: skip
    report = audited(root)
    assert pressing(report) == {("BP305", ".env", 1, Safety.PLACEHOLDER)}
    assert "Kd93mQx71Lw" not in str(report.findings)


def test_settings_classes_of_one_name_are_told_apart(tmp_path: Path) -> None:
    root = written(tmp_path, {
        "requirements.txt": REQUIREMENTS,
        ".env": "STORE__URL=x\nHALL=main\n",
        "attic/__init__.py": "",
        "attic/config.py": "from pydantic_settings import BaseSettings\n\n"
        "class Settings(BaseSettings):\n    store__url: str = ''\n    hall: str = ''\n",
        "cellar/__init__.py": "",
        "cellar/config.py": "from pydantic import BaseModel\nfrom pydantic_settings import BaseSettings\n\n"
        "class Store(BaseModel):\n    url: str\n\n"
        "class Settings(BaseSettings, title='Cellar', env_file='.env'):\n    store: Store\n",
        "main.py": MAIN.format(module="cellar.config", name="Settings", more="from attic import config\nSettings()\n"),
    })  # fmt: skip
    report = audited(root)
    assert pressing(report) == {
        ("BP306", "cellar/config.py", 7, Safety.SAFE),
        ("BP302", ".env", 2, Safety.SAFE),
    }
    assert report.fixed_verdict is Verdict.STARTS


TWO = (
    "from pydantic_settings import BaseSettings, SettingsConfigDict\n\n\nclass {owner}(BaseSettings):\n"
    "    model_config = SettingsConfigDict(env_file='{file}'{more})\n\n    {field}\n\n\n{name} = {owner}()\n"
)


def two_classes(root: Path, first: dict[str, str], second: dict[str, str], **files: str) -> Report:
    main = MAIN.format(module="app.config", name="settings", more="from app.jobs import jobs\n")
    texts = {"requirements.txt": REQUIREMENTS, "app/__init__.py": "", "app/main.py": main}
    given = {"owner": "Settings", "more": ""}
    texts["app/config.py"] = TWO.format(**{**given, **first}, name="settings")
    texts["app/jobs.py"] = TWO.format(**{**given, **second}, name="jobs")
    return audited(written(root, {**texts, **{f".{name}": text for name, text in files.items()}}))


def test_two_classes_of_one_name_that_share_a_file_are_two_findings(tmp_path: Path) -> None:
    title, queue = {"file": ".env", "field": "title: str = ''"}, {"file": ".env", "field": "queue: str = ''"}
    report = two_classes(tmp_path, title, queue, env="TITLE=Bookings\nQUEUE=mail\n")
    assert pressing(report) == {("BP302", ".env", 1, Safety.SAFE), ("BP302", ".env", 2, Safety.SAFE)}
    assert report.fixed_verdict is Verdict.STARTS


def test_the_line_is_of_the_file_that_the_class_reads(tmp_path: Path) -> None:
    title, queue = {"file": ".env", "field": "title: str"}, {"file": ".jobs", "field": "queue: str"}
    report = two_classes(tmp_path, title, queue, env="TITLE=Bookings\n", jobs="QUEUE=mail\nTITLE=Jobs\n")
    assert pressing(report) == {("BP302", ".jobs", 2, Safety.SAFE)}


def test_two_classes_of_one_file_that_both_look_elsewhere(tmp_path: Path) -> None:
    first = TWO.format(owner="Settings", file="../.env", more=", extra='ignore'", field="title: str", name="settings")
    second = first.partition("\n\n\n")[2].replace("Settings(Base", "Jobs(Base").replace("title", "queue")
    root = written(tmp_path, {
        "requirements.txt": REQUIREMENTS, "app/__init__.py": "", ".env": "TITLE=Bookings\nQUEUE=mail\n",
        "app/config.py": first + "\n\n" + second.replace("settings = Settings()", "jobs = Jobs()"),
        "app/main.py": MAIN.format(module="app.config", name="jobs, settings", more=""),
    })  # fmt: skip
    report = audited(root)
    assert pressing(report) == {("BP307", "app/config.py", 5, Safety.SAFE), ("BP307", "app/config.py", 14, Safety.SAFE)}
    assert report.fixed_verdict is Verdict.STARTS


def test_the_value_is_of_the_field_that_is_named_and_not_of_one_within_its_name(tmp_path: Path) -> None:
    config = "from pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n    host: str\n    allowed_hosts: list[str]\n\n\nsettings = Settings(_env_file='.env')\n"
    main = MAIN.format(module="config", name="settings", more="")
    root = written(tmp_path, {"requirements.txt": REQUIREMENTS, "config.py": config, "main.py": main, ".env": "HOST=a\nALLOWED_HOSTS=a,b\n"})
    assert pressing(audited(root)) == {("BP303", ".env", 2, Safety.SAFE)}
