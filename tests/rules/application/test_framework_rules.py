"""The rules of other frameworks see meaning: other names, aliases, layouts and line endings change no verdict."""

from pathlib import Path
from typing import Any

import pytest

from bootproof.edits.apply import apply
from bootproof.model.symptom import Failure, Frame, Symptom
from bootproof.model.words import Outcome, Stage
from bootproof.rules.application import (
    duplicate_endpoint,
    models_before_setup,
    module_named_in_text_missing,
    settings_module_not_named,
    unannotated_handler,
)
from tests.rules.reading_facts import facts_of

APP = "from fastapi import FastAPI\napp = FastAPI()\n"


def failing(kind: str, *frames: Frame, message: str = "", **facts: object) -> Symptom:
    failure = Failure(kind, (kind, "Exception"), message, frames, facts)
    return Symptom(Outcome.FAILED, Stage.IMPORT, (failure,))


def own(file: str, line: int, function: str = "<module>", source: str = "") -> Frame:
    return Frame(file, line, function, file.removesuffix(".py").replace("/", "."), True, source)


def library(module: str, function: str, source: str = "") -> Frame:
    return Frame(f"/lib/{module}.py", 1, function, module, False, source)


def mended(facts: Any, root: Path, rule: Any, symptom: Symptom) -> dict[str, str]:
    """The texts with the fixes of all that the rule diagnosed, line endings as they are."""
    fixes = [rule.fix(each, facts) for each in rule.diagnose(symptom, facts)]
    assert fixes
    assert all(fix is not None for fix in fixes)
    edits = [edit for fix in fixes for edit in fix.edits]
    return {file: text.decode() for file, text in apply(edits, lambda file: (root / file).read_bytes()).items()}


VIEWS = {
    "plain": "from flask import Flask\nsite = Flask(__name__)\n\n@site.get('/a')\ndef one():\n    return ''\n\n@site.get('/b')\ndef one():\n    return ''\n",
    "asynchronous": "import quart\nsite = quart.Quart('x')\n\n@site.get('/a')\nasync def one():\n    return ''\n\n@site.get(\n    '/b',\n)\nasync def one():\n    return ''\n",
    "crlf": "from flask import Flask\r\nsite = Flask(__name__)\r\n\r\n@site.get('/a')\r\ndef one():\r\n    return ''\r\n\r\n@site.get('/b')\r\ndef one():\r\n    return ''\r\n",
}


@pytest.mark.parametrize("text", VIEWS.values(), ids=VIEWS)
def test_second_view_of_a_name_gets_an_endpoint_of_its_own(tmp_path: Path, text: str) -> None:
    facts = facts_of(tmp_path, {"main.py": APP, "site.py": text})
    line = text.replace("\r\n", "\n").split("\n").index(next(each for each in text.splitlines() if each.startswith("@site") and "/a" not in each)) + 1
    symptom = failing("builtins.AssertionError", own("site.py", line), library("flask.sansio.app", "add_url_rule"))
    made = mended(facts, tmp_path, duplicate_endpoint, symptom)["site.py"]
    assert made.count('endpoint="one_b"') == 1
    assert made.replace(', endpoint="one_b"', "").replace('\n    endpoint="one_b",', "") == text


def test_views_of_two_blueprints_are_no_duplicates(tmp_path: Path) -> None:
    text = (
        "from flask import Blueprint\na, b = Blueprint('a', ''), Blueprint('b', '')\n\n@a.get('/x')\ndef one():\n    return ''\n"
        "\n@b.get('/x')\ndef one():\n    return ''\n"
    )
    facts = facts_of(tmp_path, {"main.py": APP, "site.py": text})
    frames = (own("site.py", 8), library("flask.sansio.app", "add_url_rule"))
    assert not list(duplicate_endpoint.diagnose(failing("AssertionError", *frames), facts))


SETTINGS = "SECRET_KEY = 'made-up'\nROOT_URLCONF = 'x'\n"
UNSET = (library("django.conf", "__getattr__"), library("django.conf", "_setup"))


@pytest.mark.parametrize(
    ("entry", "made"),
    [
        (
            "from django.core.asgi import get_asgi_application\n\napplication = get_asgi_application()\n",
            "import os\n\nfrom django.core.asgi import get_asgi_application\n\nos.environ.setdefault(",
        ),
        ("import os\nfrom shop.models import Item\n", "import os\nos.environ.setdefault("),
        ("from shop.models import Item\n", "import os\n\nos.environ.setdefault("),
    ],
)
def test_settings_module_is_named_before_django_is_used(tmp_path: Path, entry: str, made: str) -> None:
    facts = facts_of(tmp_path, {"main.py": APP, "entry.py": entry, "shop/__init__.py": "", "shop/settings.py": SETTINGS})
    symptom = failing("django.core.exceptions.ImproperlyConfigured", own("entry.py", len(entry.splitlines())), *UNSET)
    text = mended(facts, tmp_path, settings_module_not_named, symptom)["entry.py"]
    assert made in text
    assert 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")' in text
    compile(text, "entry.py", "exec")


def test_of_two_settings_modules_a_person_chooses_unless_one_is_named(tmp_path: Path) -> None:
    files = {"main.py": APP, "entry.py": "import django\ndjango.setup()\n", "one.py": SETTINGS, "two.py": SETTINGS}
    symptom = failing("django.core.exceptions.ImproperlyConfigured", own("entry.py", 2), *UNSET)
    facts = facts_of(tmp_path / "both", files)
    (found,) = settings_module_not_named.diagnose(symptom, facts)
    assert settings_module_not_named.fix(found, facts) is None
    files["manage.py"] = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'two')\n"
    facts = facts_of(tmp_path / "named", files)
    assert '"two"' in mended(facts, tmp_path / "named", settings_module_not_named, symptom)["entry.py"]


READY = "django.core.exceptions.AppRegistryNotReady"


@pytest.mark.parametrize(
    ("entry", "line", "wanted"),
    [
        (
            "import django\nfrom shop.models import Item\ndjango.setup()\nprint(Item)\n", 2,
            "import django\ndjango.setup()\nfrom shop.models import Item\nprint(Item)\n",
        ),
        (
            "import django\nfrom shop.models import Item\nkept = Item\ndjango.setup()\n", 2,
            "import django\nimport django\n\ndjango.setup()\nfrom shop.models import Item\nkept = Item\ndjango.setup()\n",
        ),
        ("from shop.models import Item\n", 1, "import django\n\ndjango.setup()\nfrom shop.models import Item\n"),
    ],
)  # fmt: skip
def test_models_come_after_the_setup(tmp_path: Path, entry: str, line: int, wanted: str) -> None:
    facts = facts_of(tmp_path, {"main.py": APP, "entry.py": entry, "shop/__init__.py": "", "shop/models.py": ""})
    frames = (own("entry.py", line, source=entry.splitlines()[line - 1]), own("shop/models.py", 1), library("django.apps.registry", "check_apps_ready"))
    assert mended(facts, tmp_path, models_before_setup, failing(READY, *frames))["entry.py"] == wanted


def test_application_that_imports_its_own_models_is_left_to_a_person(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, {"main.py": APP, "entry.py": "", "shop/__init__.py": "from shop.models import Item\n", "shop/models.py": ""})
    frames = (own("entry.py", 1), library("django.apps.registry", "populate"), own("shop/__init__.py", 1), own("shop/models.py", 1))
    (found,) = models_before_setup.diagnose(failing(READY, *frames), facts)
    assert (found.file, models_before_setup.fix(found, facts)) == ("shop/__init__.py", None)


HANDLERS = {
    "aliased": ("import litestar as ls\n\n@ls.get('/')\ndef one(a, *, top=5.0):\n    return {}\n", "def one(a: Any, *, top: float = 5.0):"),
    "comment": ("from litestar import get\n\n@get('/')\nasync def one(  # of (many)\n    name='x',  # a: b)\n):\n    ...\n", "    name: str = 'x',  # a: b)"),
    "in the path": ("from litestar.handlers import get\n\n@get('/{number:int}')\nasync def one(number):\n    ...\n", "async def one(number: int):"),
}


@pytest.mark.parametrize(("text", "line"), HANDLERS.values(), ids=HANDLERS)
def test_parameters_are_annotated_by_what_the_code_tells(tmp_path: Path, text: str, line: str) -> None:
    facts = facts_of(tmp_path, {"main.py": APP, "api.py": text})
    symptom = failing("litestar.exceptions.ImproperlyConfiguredException", library("litestar.typing", "from_parameter"))
    assert line in mended(facts, tmp_path, unannotated_handler, symptom)["api.py"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("...", "None"), ("return 'x'", "str"), ("return 1 if a else None", "Any"), ("if a:\n        return True\n    return False", "bool"),
        ("return [1]", "Any"), ("return", "None"), ("return Kept(1)", "Kept"),
    ],
)  # fmt: skip
def test_what_is_given_back_is_annotated_by_what_the_code_tells(tmp_path: Path, body: str, kind: str) -> None:
    text = f"from litestar import get\n\nclass Kept: ...\n\n@get('/')\nasync def one(  # (one)\n    a: int\n):  # x: )\n    {body}\n"
    facts = facts_of(tmp_path, {"main.py": APP, "api.py": text})
    symptom = failing("x.ImproperlyConfiguredException", library("litestar.handlers.http_handlers.base", "_validate_handler_function"))
    assert f"\n) -> {kind}:  # x: )\n" in mended(facts, tmp_path, unannotated_handler, symptom)["api.py"]


def test_a_loggers_name_is_not_taken_for_a_module(tmp_path: Path) -> None:
    files = {
        "main.py": APP,
        "shop/__init__.py": "", "shop/orders/__init__.py": "",
        "settings.py": "import logging\nlog = logging.getLogger('store.core')\nINSTALLED_APPS = [\n    'store.orders',\n]\n",
    }  # fmt: skip
    facts = facts_of(tmp_path, files)
    frames = (library("django.apps.config", "create"), library("importlib", "import_module"))
    symptom = failing("builtins.ModuleNotFoundError", *frames, message="No module named 'store'", name="store")
    (found,) = module_named_in_text_missing.diagnose(symptom, facts)
    assert (found.line, found.data["meant"]) == (4, "shop.orders")


def test_a_statement_that_imports_is_another_rules(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, {"main.py": "import store\n" + APP, "names.py": "KNOWN = ['store']\n"})
    symptom = failing("ModuleNotFoundError", own("main.py", 1, source="import store"), name="store")
    assert not list(module_named_in_text_missing.diagnose(symptom, facts))
