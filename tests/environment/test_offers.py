import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bootproof.environment import offers
from bootproof.environment.offers import candidates
from bootproof.model.environment import Environment

from .conftest import Index, Provisioned

Call = Callable[..., Provisioned]
Ask = Callable[..., tuple[str, ...]]


@pytest.fixture
def ask(environ: dict[str, str], tmp_path: Path) -> Ask:
    def call(module: str, *names: str, **options: object) -> tuple[str, ...]:
        settings: dict[str, object] = {"cache": tmp_path / "cache", "environ": environ}
        return offers(module, names, **{**settings, **options})

    return call


def test_names_decide_between_two_that_provide_the_module(index: Index, ask: Ask) -> None:
    index.add("PyJWT", files={"jwt/__init__.py": "from .api import decode, encode\n", "jwt/api.py": ""})
    index.add("jwt", files={"jwt/__init__.py": "class JWT: ...\n"})
    assert ask("jwt", "encode", "decode") == ("pyjwt",)
    assert ask("jwt", "JWT") == ("jwt",)
    assert ask("jwt", "neither") == ()


def test_import_name_that_is_another_projects(index: Index, ask: Ask) -> None:
    index.add("jose", files={"josef/__init__.py": ""})
    index.add("python-jose", files={"jose/__init__.py": "", "jose/jwt.py": "def encode(): ...\n"})
    assert ask("jose", "jwt") == ("python-jose",)
    assert ask("jose.jwt", "encode") == ("python-jose",)


def test_distribution_without_the_module_is_no_offer(index: Index, ask: Ask) -> None:
    index.add("sklearn", files={"nothing_here.py": ""})
    assert ask("sklearn") == ()


def test_variants_of_the_import_name(index: Index, ask: Ask) -> None:
    index.add("python-ledgerly", files={"ledgerly.py": "def post(): ...\n"})
    assert ask("ledgerly") == ("python-ledgerly",)


def test_module_in_a_namespace(index: Index, ask: Ask) -> None:
    index.add("acme-cloud-storage", files={"acme/cloud/storage/__init__.py": "class Client: ...\n"})
    assert ask("acme.cloud.storage", "Client") == ("acme-cloud-storage",)
    assert ask("acme.cloud.queue") == ()


def test_hint_comes_first_and_is_verified(index: Index, ask: Ask) -> None:
    index.add("house-yaml", files={"yaml/__init__.py": ""})
    index.add("PyYAML", files={"yaml/__init__.py": ""})
    index.add("liar", files={"other.py": ""})
    assert ask("yaml", hints=["liar", "house-yaml", "--index-url=x", "../up"]) == (
        "house-yaml",
        "pyyaml",
    )


def test_hint_with_versions_asks_for_those_alone(index: Index, ask: Ask) -> None:
    index.add("tollgate", "1.4", files={"tollgate/__init__.py": "from .limits import *\n", "tollgate/limits.py": "class Limiter: ...\n"})
    index.add("tollgate", "2.0", files={"tollgate/__init__.py": "class Gate: ...  # was Limiter\n"})
    index.add("py-tollgate", files={"tollgate/__init__.py": "class Limiter: ...\n"})
    assert ask("tollgate", "Limiter", hints=["tollgate<2"]) == ("tollgate<2",)
    assert ask("tollgate", "Limiter", hints=["tollgate>=2"]) == ()


def test_word_in_a_message_is_no_name(index: Index, ask: Ask) -> None:
    gone = "def __getattr__(name):\n    if name in late: return 1\n    raise AttributeError('Limiter is gone')\nlate = {'Gate': 1}\n"
    index.add("tollgate", files={"tollgate/__init__.py": gone, "tollgate/old.py": "class Limiter: ...\n"})
    assert ask("tollgate", "Gate", hints=["tollgate<2"]) == ("tollgate<2",)
    assert ask("tollgate", "Limiter", hints=["tollgate<2"]) == ()


def test_extra_of_an_installed_distribution(index: Index, ask: Ask, provisioned: Call) -> None:
    index.add("frame", requires=['odd-formparts ; extra == "forms"'], extras=["forms"])
    index.add("odd-formparts", files={"odd_formparts.py": ""})
    environment = provisioned({"requirements.txt": "frame\n"}, "requirements.txt")
    assert isinstance(environment, Environment)
    known, _ = candidates("odd_formparts", (), environment)
    assert known == ("odd-formparts",)
    assert ask("odd_formparts", environment=environment) == ("odd-formparts",)


def test_names_behind_a_star_and_in_compiled_modules(index: Index, ask: Ask) -> None:
    index.add(
        "starry",
        files={"starry/__init__.py": "from .inner import *\n", "starry/inner.py": "def shine(): ...\n"},
    )
    index.add(
        "hardened", files={"hardened.cpython-311-x86_64-linux-gnu.so": "\x7fELF..PyInit_hardened\0melt\0"}
    )
    assert ask("starry", "shine") == ("starry",)
    assert ask("starry", "rain") == ()
    assert ask("hardened", "melt") == ("hardened",)
    assert ask("hardened", "mel") == ()


def test_answer_is_kept(index: Index, ask: Ask) -> None:
    index.add("keeper")
    assert ask("keeper") == ("keeper",)
    started = time.perf_counter()
    assert ask("keeper") == ("keeper",)
    assert time.perf_counter() - started < 0.05


def test_no_index_is_no_answer_and_is_said(ask: Ask, environ: dict[str, str]) -> None:
    environ["UV_DEFAULT_INDEX"] = "http://me:hunter22@127.0.0.1:9/simple"
    environ["UV_HTTP_RETRIES"] = "0"
    notes: list[str] = []
    assert ask("yaml", note=notes.append) == ()
    assert len(notes) == 1
    assert "`yaml`" in notes[0]
    assert "hunter22" not in notes[0]


def test_no_time_is_said_and_not_kept(index: Index, ask: Ask) -> None:
    index.add("slowly")
    notes: list[str] = []
    assert ask("slowly", note=notes.append, timeout=0) == ()
    assert notes
    assert ask("slowly") == ("slowly",)


def test_module_that_newer_releases_have_dropped(index: Index, ask: Ask) -> None:
    index.add("PyYAML", "5.4", files={"yaml/__init__.py": ""})
    index.add("PyYAML", "6.0", files={"other.py": ""})
    index.add("PyYAML", "7.1", files={"other.py": ""})
    assert ask("yaml") == ("pyyaml<6",)
