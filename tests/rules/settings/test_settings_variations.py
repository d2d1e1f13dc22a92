"""Settings in the spellings that people use: what is meant, and what becomes of it, from the source alone."""

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bootproof.edits.apply import apply
from bootproof.model.finding import Finding
from bootproof.model.symptom import Failure, Frame, Symptom
from bootproof.model.words import Outcome, Safety, Stage
from bootproof.rules.settings import (
    argument_gone_from_pydantic,
    attribute_not_declared,
    class_refused_by_pydantic,
    file_not_there,
    folder_not_there,
    missing_setting,
    object_used_as_text,
    override_with_other_parameters,
    setting_not_json,
    setting_not_parsed,
    setting_under_another_name,
    settings_class_for_instance,
    settings_file_not_read,
    undeclared_setting,
    unset_variable_used,
    validator_of_pydantic_1,
)
from bootproof.rules.settings._annotations import annotation
from bootproof.rules.settings._problems import first_sentence
from tests.rules.reading_facts import facts_of

APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"
HEAD = "from pydantic import *\nfrom pydantic_settings import BaseSettings, SettingsConfigDict\n\n"
SETTINGS = Frame("pydantic_settings/main.py", 1, "__init__", "pydantic_settings.main", own=False)
EXPORTS = {
    "pydantic": ["BaseModel", "Field", "field_validator", "validator", "root_validator", "model_validator", "PostgresDsn"],
    "pydantic_settings": ["BaseSettings", "SettingsConfigDict", "NoDecode"],
}
RENAMED = {"orm_mode": "from_attributes"}


def answer(question: str, about: Mapping[str, Any]) -> object:
    """What an interpreter with pydantic 2 would say."""
    if question == "exports":
        return EXPORTS.get(about["module"])
    if question == "constant":
        return RENAMED
    if question == "mro":
        return ["pydantic.networks.PostgresDsn", "pydantic.networks._BaseMultiHostUrl"] if "Dsn" in about["path"] else None
    if question == "origin":
        return str(about["path"]).replace("pydantic:", "pydantic.networks:")
    return None


def facts_at(root: Path, files: dict[str, str]) -> Any:
    return facts_of(root, {"requirements.txt": "fastapi\n", **files}, answer)


def failed(*failures: Failure) -> Symptom:
    return Symptom(Outcome.FAILED, Stage.IMPORT, failures)


def invalid(owner: str, *problems: tuple[str, str]) -> Symptom:
    """A settings class that could not be made: kind and field of each problem."""
    errors = [{"type": kind, "loc": name.split("."), "msg": "it does not fit"} for kind, name in problems]
    bases = ("pydantic_core._pydantic_core.ValidationError", "ValueError")
    return failed(Failure(bases[0], bases, "", (SETTINGS,), {"errors": errors, "title": owner}))


def raised(kind: str, message: str, file: str, line: int, function: str = "<module>", **facts: object) -> Failure:
    module = str(facts.pop("module", ""))
    frames = [Frame(file, line, function, file.removesuffix(".py"), own=True)]
    if module:
        frames.append(Frame("library.py", 1, str(facts.pop("behind", "")), module, own=False))
    return Failure(kind, (kind, "Exception"), message, tuple(frames), facts)


def refusal(code: str, message: str, file: str, line: int, function: str = "<module>") -> Symptom:
    """A class that pydantic refused while it was defined."""
    behind = {"module": "pydantic._internal._model_construction", "behind": "__new__", "code": code}
    return failed(raised("pydantic.errors.PydanticUserError", message, file, line, function, **behind))


def mended(rule: Any, symptom: Symptom, facts: Any, safety: Safety = Safety.SAFE) -> dict[str, str]:
    """The files as the fixes of all findings of one rule leave them."""
    edits = []
    for each in found(rule, symptom, facts):
        fix = rule.fix(each, facts)
        assert fix is not None and fix.safety is safety, each.cause
        edits += fix.edits
    return {file: text.decode() for file, text in apply(edits, facts.text).items()}


def found(rule: Any, symptom: Symptom, facts: Any) -> list[Finding]:
    return list(rule.diagnose(symptom, facts))


@pytest.mark.parametrize(
    ("options", "fields", "missing", "lines", "after"),
    [
        ("env_prefix='STORE_'", "url: str", "url", "URL=x", "STORE_URL=x"),
        ("env_prefix='store_'", "url: str", "url", "export  url='x'", "export  store_url='x'"),
        ("env_prefix='STORE'", "url: str", "url", "STORE_URL=x", "STOREURL=x"),
        ("case_sensitive=True", "store_url: str", "store_url", "STORE_URL = x # y", "store_url = x # y"),
        ("", "store_url: str = Field(validation_alias='SHOP_DSN')", "SHOP_DSN", "STORE_URL=x", "SHOP_DSN=x"),
        ("env_prefix='STORE_'", "url: str = Field(alias='SHOP_DSN')", "SHOP_DSN", "STORE_URL=x", "SHOP_DSN=x"),
        ("", "store_url: str", "store_url", "STOREURL=x", "STORE_URL=x"),
    ],
)
def test_a_value_under_another_name(tmp_path: Path, options: str, fields: str, missing: str, lines: str, after: str) -> None:
    for number, ending in enumerate(("\n", "\r\n")):
        code = f"{HEAD}class Conf(BaseSettings):\n    model_config = SettingsConfigDict(env_file='.env', {options})\n    {fields}\n"
        files = {"pkg/__init__.py": "", "pkg/conf.py": code.replace("\n", ending), ".env": f"A=1{ending}{lines}{ending}"}
        facts = facts_at(tmp_path / str(number), {**files, "main.py": "import pkg.conf\n" + APP})
        symptom = invalid("Conf", ("missing", missing), ("extra_forbidden", lines.split("=")[0].removeprefix("export").strip().lower()))
        assert mended(setting_under_another_name, symptom, facts) == {".env": f"A=1{ending}{after}{ending}"}
        assert not found(missing_setting, symptom, facts)
        assert not found(undeclared_setting, symptom, facts)


def test_options_may_stand_in_a_base_of_another_file(tmp_path: Path) -> None:
    facts = facts_at(tmp_path, {
        "base.py": f"{HEAD}class Common(BaseSettings):\n    class Config:\n        env_file = '.env'\n        env_prefix = 'X_'\n",
        "conf.py": "from base import Common as Base\n\nclass Conf(Base):\n    url: str\n",
        "main.py": "import conf\n" + APP, ".env": "URL=x\n",
    })  # fmt: skip
    assert mended(setting_under_another_name, invalid("Conf", ("missing", "url")), facts) == {".env": "X_URL=x\n"}


def test_a_key_that_something_else_reads_is_not_renamed_as_safe(tmp_path: Path) -> None:
    code = f"{HEAD}class Conf(BaseSettings, env_file='.env', env_prefix='X_'):\n    url: str\n"
    facts = facts_at(tmp_path, {"main.py": code + "import os\nos.getenv('URL')\n" + APP, ".env": "URL=x\n"})
    (one,) = found(setting_under_another_name, invalid("Conf", ("missing", "url")), facts)
    fix = setting_under_another_name.fix(one, facts)
    assert fix is not None
    assert fix.safety is Safety.UNSAFE
    assert "`main.py`" in fix.loses


def test_a_key_that_another_field_reads_is_left_alone(tmp_path: Path) -> None:
    code = f"{HEAD}class Conf(BaseSettings, env_file='.env'):\n    url: str\n    dsn: str = Field(alias='X_URL')\n"
    facts = facts_at(tmp_path, {"main.py": code + APP, ".env": "URL=x\n"})
    symptom = invalid("Conf", ("missing", "X_URL"))
    assert not found(setting_under_another_name, symptom, facts)
    assert [each.key for each in found(missing_setting, symptom, facts)] == ["X_URL"]


@pytest.mark.parametrize(
    ("options", "annotation", "key", "code"),
    [
        ("env_file='.env'", "Mail", "MAIL__HOST", "env_file='.env', env_nested_delimiter=\"__\""),
        ("env_file='.env'", "'Mail | None'", "mail--host", "env_file='.env', env_nested_delimiter=\"--\""),
        ("env_file='.env', env_prefix='X_'", "Mail", "X_MAIL__HOST", "env_file='.env', env_prefix='X_', env_nested_delimiter=\"__\""),
    ],
)
def test_nested_keys_are_taken_apart(tmp_path: Path, options: str, annotation: str, key: str, code: str) -> None:
    facts = facts_at(tmp_path, {
        "mail.py": "from pydantic import BaseModel\n\nclass Host(BaseModel):\n    host: str\n\nclass Mail(Host):\n    port: int = 1\n",
        "conf.py": f"{HEAD}from mail import Mail\n\nclass Conf(BaseSettings):\n    mail: {annotation}\n"
        f"    model_config = SettingsConfigDict({options})\n",
        "main.py": "import conf\n" + APP, ".env": f"{key}=x\n",
    })  # fmt: skip
    symptom = invalid("Conf", ("missing", "mail"), ("extra_forbidden", key.lower()))
    assert f"SettingsConfigDict({code})" in mended(setting_under_another_name, symptom, facts)["conf.py"]


def test_a_field_of_a_nested_model_that_nothing_sets(tmp_path: Path) -> None:
    code = (
        f"{HEAD}class Mail(BaseModel):\n    host: str\n    port: int\n\n"
        "class Conf(BaseSettings, env_file='.env', env_nested_delimiter='__'):\n    mail: Mail\n"
    )
    facts = facts_at(tmp_path, {"main.py": code + APP, ".env": "MAIL__HOST=x\n"})
    (one,) = found(missing_setting, invalid("Conf", ("missing", "mail.port")), facts)
    assert (one.key, one.line, one.data["value"]) == ("MAIL__PORT", 6, "587")


@pytest.mark.parametrize(
    ("code", "after"),
    [
        ("env_file='.env'", 'env_file=Path(__file__).resolve().parent / ".env"'),
        ("env_file=('x.env', \".env\")", "env_file=('x.env', Path(__file__).resolve().parent / \".env\")"),
        ("env_file=WHERE", "env_file=WHERE"),
    ],
)
def test_a_settings_file_is_named_from_the_code(tmp_path: Path, code: str, after: str) -> None:
    config = f"{HEAD}WHERE = '.env'\n\nclass Conf(BaseSettings):\n    model_config = SettingsConfigDict({code})\n    url: str\n"
    facts = facts_at(tmp_path, {
        "Procfile": "web: uvicorn api.main:app\n", "api/main.py": "import api.conf\n" + APP, "api/conf.py": config,
        "api/.env": "URL=x\n",
    })  # fmt: skip
    text = mended(settings_file_not_read, invalid("Conf", ("missing", "url")), facts)["api/conf.py"]
    assert f"SettingsConfigDict({after})" in text
    assert ("WHERE = Path(__file__).resolve().parent / \".env\"" in text) is ("WHERE" in code)
    assert "from pathlib import Path\n" in text
    assert not found(missing_setting, invalid("Conf", ("missing", "url")), facts)


@pytest.mark.parametrize("call", ["load_dotenv('.env')", "load_dotenv(dotenv_path='.env')", "Config(env_file='.env')"])
def test_other_readers_of_settings_files(tmp_path: Path, call: str) -> None:
    code = f"import os\nfrom dotenv import load_dotenv\nfrom starlette.config import Config\n\n{call}\nURL = os.environ['URL']\n"
    facts = facts_at(tmp_path, {"Procfile": "web: uvicorn api.main:app\n", "api/main.py": code + APP, "api/.env": "URL=x\n"})
    lacks = raised("KeyError", "'URL'", "api/main.py", 6, module="os", args=["URL"])
    text = mended(settings_file_not_read, failed(lacks), facts)["api/main.py"]
    assert call.replace("'.env'", 'Path(__file__).resolve().parent / ".env"') in text


def test_what_only_a_template_sets_is_missing(tmp_path: Path) -> None:
    code = f"{HEAD}class Conf(BaseSettings, env_file='.env'):\n    url: str\n"
    facts = facts_at(tmp_path, {"main.py": code + APP, ".env.example": "URL=x\n"})
    symptom = invalid("Conf", ("missing", "url"))
    assert not found(settings_file_not_read, symptom, facts)
    (one,) = found(missing_setting, symptom, facts)
    assert ".env" in [each.file for each in one.related]


def test_a_plain_read_finds_a_variable_in_its_own_case_only(tmp_path: Path) -> None:
    code = "import os\nfrom dotenv import load_dotenv\n\nload_dotenv()\nN = int(os.getenv('SHIPS'))\n"
    facts = facts_at(tmp_path, {"main.py": code + APP, ".env": "ships=3\n"})
    none = raised("TypeError", "int() argument must be a string, not 'NoneType'", "main.py", 5)
    assert [each.key for each in found(unset_variable_used, failed(none), facts)] == ["SHIPS"]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("60 * 24", "int"), ("60 / 7", "float"), ("-1", "int"), ("not x", "bool"), ("f'{x}'", "str"), ("b''", "bytes"),
        ("['a', 'b']", "list[str]"), ("[1, 'b']", "list"), ("[]", "list"), ("{'a'}", "set[str]"), ("(1, 'a')", "tuple[int, str]"),
        ("{'a': 1}", "dict[str, int]"), ("{**x}", "dict"), ("Field(3, ge=1)", "int"), ("Field(default_factory=list)", "list"),
        ("'a' + 'b'", "str"), ("None", ""), ("make()", ""), ("OTHER", ""), ("'a' * 3", ""),
    ],
)  # fmt: skip
def test_annotations_of_values(code: str, kind: str) -> None:
    assert annotation(ast.parse(code, mode="eval").body) == kind


@pytest.mark.parametrize(
    ("body", "after"),
    [
        ("    model_config = {'extra': 'ignore'}\n\n    class Config:\n        env_file = '.env'\n",
         "    model_config = {\"env_file\": '.env', 'extra': 'ignore'}\n"),
        ("    class Config:\n        '''Old.'''\n        orm_mode = True\n        extra = 'ignore'\n"
         "    model_config = SettingsConfigDict(extra='ignore')\n",
         "    model_config = SettingsConfigDict(extra='ignore', from_attributes=True)\n"),
        ("    model_config: SettingsConfigDict = SettingsConfigDict()\n    class Config:\n        env_file = '.env'\n    port: int = 1\n",
         "    model_config: SettingsConfigDict = SettingsConfigDict(env_file='.env')\n    port: int = 1\n"),
    ],
)  # fmt: skip
def test_options_are_given_once(tmp_path: Path, body: str, after: str) -> None:
    for number, ending in enumerate(("\n", "\r\n")):
        code = f"{HEAD}class Conf(BaseSettings):\n    x: int = 1\n{body}".replace("\n", ending)
        facts = facts_at(tmp_path / str(number), {"main.py": code + APP})
        text = mended(class_refused_by_pydantic, refusal("config-both", "", "main.py", 4), facts)["main.py"]
        assert ("    x: int = 1\n" + after).replace("\n", ending) in text


def test_options_that_contradict_are_a_persons(tmp_path: Path) -> None:
    code = f"{HEAD}class Conf(BaseSettings):\n    model_config = {{'extra': 'ignore'}}\n    class Config:\n        extra = 'forbid'\n"
    facts = facts_at(tmp_path, {"main.py": code + APP})
    (one,) = found(class_refused_by_pydantic, refusal("config-both", "", "main.py", 4), facts)
    assert class_refused_by_pydantic.fix(one, facts) is None


def test_attributes_get_annotations_and_class_variables(tmp_path: Path) -> None:
    code = (
        f"{HEAD}import logging\n\nclass Base(BaseSettings):\n    page: 'int | None' = None\n\n\n"
        "class Conf(Base):\n    page = 20\n    SIZE = 3  # rows\n    log = logging.getLogger('x')\n    _hidden = 4\n    f = lambda s: 1\n"
    )
    facts = facts_at(tmp_path, {"conf.py": code, "main.py": "import conf\n" + APP})
    symptom = refusal("model-field-missing-annotation", "detected: `log = <Logger x>`", "conf.py", 10)
    fixes = {each.key: class_refused_by_pydantic.fix(each, facts) for each in found(class_refused_by_pydantic, symptom, facts)}
    told = {key: (fix.safety, fix.edits[0].new) for key, fix in fixes.items() if fix is not None}  # type: ignore[union-attr]  # plain edits
    assert told == {
        "Conf.page": (Safety.SAFE, ": 'int | None'"), "Conf.SIZE": (Safety.SAFE, ": int"),
        "Conf.log": (Safety.UNSAFE, ": ClassVar"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("written", "message", "after", "safety"),
    [
        ("Dict[str, any]", "schema for <built-in function any>. Set", "Dict[str, Any]", Safety.SAFE),
        ("list[Thing]", "schema for <class 'main.Thing'>. Set", "list[Thing]", Safety.UNSAFE),
    ],
)
def test_types_without_a_schema(tmp_path: Path, written: str, message: str, after: str, safety: Safety) -> None:
    code = f"{HEAD}class Thing: ...\n\nclass Held(BaseModel):\n    '''Held.'''\n\n    a: int = 1\n    thing: {written}\n"
    facts = facts_at(tmp_path, {"main.py": code + APP})
    text = mended(class_refused_by_pydantic, refusal("schema-for-unknown-type", message, "main.py", 6), facts, safety)["main.py"]
    assert f"thing: {after}\n" in text
    assert ("model_config = ConfigDict(arbitrary_types_allowed=True)\n" in text) is (safety is Safety.UNSAFE)


def test_an_error_while_a_class_body_makes_an_object_is_no_refused_class(tmp_path: Path) -> None:
    facts = facts_at(tmp_path, {"main.py": f"{HEAD}class Place:\n    conf = make()\n" + APP})
    error = raised("pydantic_core._pydantic_core.ValidationError", "", "main.py", 5, "Place", module="pydantic.main")
    assert not found(class_refused_by_pydantic, failed(error), facts)


VALIDATORS = [
    ("validator-field-config-info", "validator('b')", "cls, v, values, field, config", "return values['a']",
     "cls, v, values", "return values['a']"),
    ("validator-signature", "field_validator('b')", "cls, v, values, field", "return values.get('a', v)",
     "cls, v, info", "return info.data.get('a', v)"),
    ("validator-signature", "field_validator('b')", "cls, v, values, info", "return values['a'] or info.field_name",
     "cls, v, info", "return info.data['a'] or info.field_name"),
    ("validator-signature", "field_validator('b')", "cls, v: str, x, y", "return v", "cls, v: str", "return v"),
    ("validator-instance-method", "field_validator('b')", "self, v", "return v", "cls, v", "return v"),
    ("root-validator-pre-skip", "root_validator(allow_reuse=True)", "cls, values", "return values",
     "cls, values", "return values"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "decorator", "parameters", "body", "new", "after"), VALIDATORS)
def test_validators(tmp_path: Path, code: str, decorator: str, parameters: str, body: str, new: str, after: str) -> None:
    source = (
        "import pydantic as p\nfrom pydantic import BaseModel\n\n\nclass Item(BaseModel):\n    a: str = ''\n    b: str = ''\n\n"
        f"    @p.{decorator}\n    def check({parameters}):\n        {body}\n"
    )
    facts = facts_at(tmp_path, {"main.py": source + APP})
    inside = code in ("root-validator-pre-skip", "validator-instance-method")
    symptom = refusal(code, "for Item.check: no", "main.py", 9 if inside else 5, "Item" if inside else "<module>")
    text = mended(validator_of_pydantic_1, symptom, facts)["main.py"]
    assert f"    def check({new}):\n        {after}\n" in text
    assert ("    @classmethod\n" in text) is (new.startswith("cls") and parameters.startswith("self"))
    assert ("allow_reuse=True, skip_on_failure=True)" in text) is (code == "root-validator-pre-skip")


@pytest.mark.parametrize(
    ("body", "after"),
    [
        ("if 'a' in values: return values['a']", "if 'a' in info.data: return info.data['a']"),
        ("return [values[key] for key in values]", "return [info.data[key] for key in info.data]"),
    ],
)
def test_a_validator_that_fails_when_it_runs(tmp_path: Path, body: str, after: str) -> None:
    source = (
        "from pydantic import BaseModel, field_validator as checks\n\n\nclass Item(BaseModel):\n    a: str = ''\n\n"
        f"    @checks('a', mode='before')\n    @classmethod\n    def check(cls, v, values):\n        {body}\n"
    )
    facts = facts_at(tmp_path, {"pkg/items.py": source, "main.py": "import pkg.items\n" + APP})
    error = raised("TypeError", "not subscriptable", "pkg/items.py", 10, "check", names={"values": "x.ValidationInfo"})
    assert f"    def check(cls, v, info):\n        {after}\n" in mended(validator_of_pydantic_1, failed(error), facts)["pkg/items.py"]


def test_a_validator_that_uses_what_is_gone_is_a_persons(tmp_path: Path) -> None:
    source = (
        "from pydantic import BaseModel, validator\n\n\nclass Item(BaseModel):\n    a: str = ''\n\n"
        "    @validator('a')\n    def check(cls, v, field):\n        return field.name\n"
    )
    facts = facts_at(tmp_path, {"main.py": source + APP})
    (one,) = found(validator_of_pydantic_1, refusal("validator-field-config-info", "", "main.py", 4), facts)
    assert validator_of_pydantic_1.fix(one, facts) is None


@pytest.mark.parametrize(
    ("annotation", "validator", "after"),
    [
        ("list[str] = []", "    @validator('hosts', pre=True)\n    def cut(cls, v):\n        return v.split(',')\n",
         "hosts: Annotated[list[str], NoDecode] = []"),
        ("list[str]", "    @field_validator('hosts', 'names', mode='before')\n    @classmethod\n    def cut(cls, v):\n"
         "        return json.loads(v) if isinstance(v, str) else v\n", "hosts: Annotated[list[str], NoDecode]"),
        ("Annotated[list[str], BeforeValidator(cut)]", "", "hosts: Annotated[list[str], BeforeValidator(cut), NoDecode]"),
        ("Annotated[list[str], BeforeValidator(lambda v: v.split(','))] = []", "",
         "hosts: Annotated[list[str], BeforeValidator(lambda v: v.split(',')), NoDecode] = []"),
    ],
)  # fmt: skip
def test_texts_for_own_validators_are_not_decoded(tmp_path: Path, annotation: str, validator: str, after: str) -> None:
    code = (
        f"{HEAD}import json\nfrom typing import Annotated\n\ndef cut(value):\n    return value.split(',')\n\n"
        f"class Conf(BaseSettings, env_file='.env'):\n    hosts: {annotation}\n    names: str = ''\n\n{validator}"
    )
    facts = facts_at(tmp_path, {"conf.py": code, "main.py": "import conf\n" + APP, ".env": "HOSTS=a,b\n"})
    error = Failure("pydantic_settings.exceptions.SettingsError", ("SettingsError",), 'value for field "hosts" from', (SETTINGS,))
    text = mended(setting_not_json, failed(error), facts)["conf.py"]
    assert after + "\n" in text
    assert "from pydantic_settings import NoDecode" in text


@pytest.mark.parametrize(
    ("annotation", "line", "after"),
    [
        ("str", "PASSWORD=ab #cdefgh", "PASSWORD='ab #cdefgh'"),
        ("SecretStr", "PASSWORD=it's #1", "PASSWORD='it\\'s #1'"),
        ("str", "PASSWORD=ab # a remark", None),
        ("str", "PASSWORD='ab' #cdefgh", None),
        ("int", "PASSWORD=ab #cdefgh", None),
    ],
)
def test_a_text_that_was_cut_at_a_hash(tmp_path: Path, annotation: str, line: str, after: str | None) -> None:
    code = f"{HEAD}class Conf(BaseSettings, env_file='.env'):\n    password: {annotation} = Field(min_length=6)\n"
    facts = facts_at(tmp_path, {"main.py": code + APP, ".env": f"{line}\nA=1\n"})
    (one,) = found(setting_not_parsed, invalid("Conf", ("string_too_short", "password")), facts)
    fix = setting_not_parsed.fix(one, facts)
    assert fix is not None
    assert fix.safety is (Safety.UNSAFE if after else Safety.PLACEHOLDER)
    if after:
        assert apply(fix.edits, facts.text)[".env"].decode() == f"{after}\nA=1\n"


OBJECTS = [
    ("conf = Conf()\n", "conf.url"),
    ("@lru_cache\ndef get():\n    return Conf()\n", "get().url"),
    ("def get():\n    return Conf()\n\nconf = get()\n", "get().url"),
    ("def get(request):\n    return Conf()\n", "Conf().url"),
    ("@contextmanager\ndef get():\n    yield Conf()\n", "Conf().url"),
]


READS = "import os\nfrom environs import Env\nfrom decouple import config\nfrom dotenv import load_dotenv\nload_dotenv()\nenv = Env()\n"


@pytest.mark.parametrize(
    ("line", "written", "after"),
    [
        ("port = int(os.getenv('PORT', '8000'))", "PORT=", "# PORT="),
        ("port = env.int('PORT', 8000)", "export PORT=''", "# export PORT=''"),
        ("port = config('PORT', default=1.5, cast=float)", "PORT=", "# PORT="),
        ("debug = config('PORT', default=False, cast=bool)", "PORT=", "# PORT="),
        ("port = int(os.environ['PORT'])", "PORT=", None),
        ("port = int(os.getenv('PORT') or '80')", "PORT=80a", None),
    ],
)
def test_values_that_the_code_makes_numbers_of(tmp_path: Path, line: str, written: str, after: str | None) -> None:
    facts = facts_at(tmp_path, {"conf.py": f"{READS}{line}\n", ".env": f"A=1\n{written}\n", "main.py": "import conf\n" + APP})
    symptom = failed(raised("ValueError", "no number", "conf.py", 7))
    (one,) = found(setting_not_parsed, symptom, facts)
    fix = setting_not_parsed.fix(one, facts)
    assert (one.file, one.line) == (".env", 2) and fix is not None
    if after is None:
        assert fix.safety is Safety.PLACEHOLDER and not fix.edits
    else:
        assert mended(setting_not_parsed, symptom, facts) == {".env": f"A=1\n{after}\n"}


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("port, name = int(os.environ['PORT']), kind(os.environ['NAME'])", "PORT=80\nNAME=x"),
        ("mask = int(os.environ['PORT'], 16) + more('x')", "PORT=ff"),
        ("debug = bool(os.getenv('PORT')) and more('x')", "PORT=perhaps"),
    ],
)
def test_values_that_are_numbers_enough(tmp_path: Path, line: str, written: str) -> None:
    facts = facts_at(tmp_path, {"conf.py": f"{READS}{line}\n", ".env": f"{written}\n", "main.py": "import conf\n" + APP})
    assert not found(setting_not_parsed, failed(raised("ValueError", "no number", "conf.py", 7)), facts)


@pytest.mark.parametrize(("made", "after"), OBJECTS)
def test_the_object_that_there_is_is_asked(tmp_path: Path, made: str, after: str) -> None:
    head = "from contextlib import contextmanager\nfrom functools import lru_cache\n"
    facts = facts_at(tmp_path, {
        "pkg/conf.py": f"{head}{HEAD}class Conf(BaseSettings):\n    url: str = 'x'\n\n{made}",
        "main.py": "from pkg.conf import Conf as C\n\nURL = C.url\n" + APP,
    })  # fmt: skip
    bases = ["pkg.conf.Conf", "pydantic_settings.main.BaseSettings", "pydantic.main.BaseModel"]
    lacks = {"name": "url", "owner": "pkg.conf:Conf", "owner_kind": "class", "owner_bases": bases, "near": []}
    symptom = failed(raised("AttributeError", "url", "main.py", 3, module="pydantic", behind="__getattr__", **lacks))
    text = mended(settings_class_for_instance, symptom, facts)["main.py"]
    assert f"URL = {after.replace('Conf()', 'C()')}\n" in text


@pytest.mark.parametrize(
    ("asked", "line", "safety", "after"),
    [
        ("STORE_URL", "", Safety.SAFE, "C.store_url"),
        ("storeUrl", "", Safety.SAFE, "C.store_url"),
        ("store_ulr", "", Safety.UNSAFE, "C.store_url"),
        ("mail_host", "MAIL_HOST=mail.example.com", Safety.SAFE, "mail_host: str"),
        ("mail_port", "MAIL_PORT=25", Safety.UNSAFE, "mail_port: str"),
        ("mail_host", "", Safety.PLACEHOLDER, "mail_host: str"),
    ],
)
def test_names_that_are_not_declared(tmp_path: Path, asked: str, line: str, safety: Safety, after: str) -> None:
    facts = facts_at(tmp_path, {
        "main.py": f"{HEAD}class Conf(BaseSettings, env_file='.env'):\n    store_url: str = 'x'\n\nC = Conf()\nX = C.{asked}\n" + APP,
        ".env": line + "\n",
    })  # fmt: skip
    lacks = {"name": asked, "owner": "main:Conf", "owner_kind": "instance", "owner_bases": ["pydantic_settings.main.BaseSettings"]}
    symptom = failed(raised("AttributeError", asked, "main.py", 8, module="pydantic", behind="__getattr__", **lacks, near=[]))
    assert after in mended(attribute_not_declared, symptom, facts, safety)["main.py"]


@pytest.mark.parametrize(
    ("line", "message", "after"),
    [
        ("E = create_engine(C.dsn, echo=True)", "Expected string or URL object, got PostgresDsn('x')", "create_engine(str(C.dsn), echo=True)"),
        ("E = 'a' + C.dsn", "can only concatenate str (not \"PostgresDsn\") to str", "'a' + str(C.dsn)"),
        ("E = ','.join([C.dsn])", "sequence item 0: expected str instance, PostgresDsn found", "','.join([str(C.dsn)])"),
        ("E = 'x' in C.dsn", "argument of type 'PostgresDsn' is not iterable", "'x' in str(C.dsn)"),
        ("E = Conf().dsn[1:]", "'PostgresDsn' object is not subscriptable", "str(Conf().dsn)[1:]"),
    ],
)
def test_urls_where_texts_are_meant(tmp_path: Path, line: str, message: str, after: str) -> None:
    code = f"from pydantic import PostgresDsn\n{HEAD}class Conf(BaseSettings):\n    dsn: PostgresDsn | None = None\n    n: int = 1\n\nC = Conf()\n"
    facts = facts_at(tmp_path, {"main.py": f"{code}{line}\n{APP}"})
    assert after in mended(object_used_as_text, failed(raised("TypeError", message, "main.py", 10)), facts)["main.py"]
    assert not found(object_used_as_text, failed(raised("TypeError", "int expected", "main.py", 10)), facts)


def test_an_override_in_a_base_of_another_file(tmp_path: Path) -> None:
    sources = ["settings_cls", "init_settings", "env_settings", "dotenv_settings", "file_secret_settings"]
    told = [{"name": each, "kind": "POSITIONAL_OR_KEYWORD", "required": True, "annotation": ""} for each in sources]
    files = {
        "base.py": f"{HEAD}class Base(BaseSettings):\n    @classmethod\n    def settings_customise_sources(cls, init_settings, env_settings):\n"
        "        return (env_settings, init_settings)\n",
        "main.py": "from base import Base\n\nclass Conf(Base):\n    x: int = 1\n\nConf()\n" + APP,
    }
    facts = facts_of(tmp_path, files, lambda question, about: told if question == "accepts" else answer(question, about))
    error = raised("TypeError", "Base.settings_customise_sources() got multiple values", "main.py", 6, module="pydantic_settings.main")
    text = mended(override_with_other_parameters, failed(error), facts)["base.py"]
    assert f"(cls, {', '.join(sources)})" in text
    assert "return (env_settings, dotenv_settings, init_settings)" in text


def test_keywords_that_pydantic_removed(tmp_path: Path) -> None:
    accepts = [{"name": each, "kind": "KEYWORD_ONLY", "required": False, "annotation": ""} for each in ("default", "pattern")]
    code = "import pydantic as p\n\n\nclass Item(p.BaseModel):\n    sign: str = p.Field(\n        'A', regex='A'\n    )\n"
    facts = facts_of(tmp_path, {"main.py": code + APP}, lambda question, about: accepts if question == "accepts" else None)
    error = raised("pydantic.errors.PydanticUserError", "`regex` is removed. use `pattern` instead", "main.py", 5, "Item",
                   module="pydantic.fields", code="removed-kwargs")  # fmt: skip
    assert "'A', pattern='A'\n" in mended(argument_gone_from_pydantic, failed(error), facts)["main.py"]


FILES = [
    ("data = open('rows.csv').read()", "data = open(Path(__file__).resolve().parent / \"rows.csv\").read()"),
    ("with Path('rows.csv').open() as rows: ...", "with Path(Path(__file__).resolve().parent / \"rows.csv\").open() as rows: ..."),
]


@pytest.mark.parametrize(("line", "after"), FILES)
def test_files_that_lie_beside_the_code(tmp_path: Path, line: str, after: str) -> None:
    code = f"from pathlib import Path\n{line}\n{APP}"
    facts = facts_at(tmp_path, {"Procfile": "web: uvicorn api.main:app\n", "api/main.py": code, "api/rows.csv": "1\n"})
    error = raised("FileNotFoundError", "no such file", "api/main.py", 2, filename="rows.csv", inside="rows.csv")
    assert after in mended(file_not_there, failed(error), facts)["api/main.py"]
    assert not found(folder_not_there, failed(error), facts)


def test_a_template_stands_in_for_a_file(tmp_path: Path) -> None:
    facts = facts_at(tmp_path, {"main.py": "T = open('conf/keys.json').read()\n" + APP, "conf/keys.example.json": "{}\n"})
    error = raised("FileNotFoundError", "no such file", "main.py", 1, filename="conf/keys.json", inside="conf/keys.json")
    assert mended(file_not_there, failed(error), facts, Safety.PLACEHOLDER) == {"conf/keys.json": "{}\n"}


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("LOG = logging.FileHandler('var/a.log')", "Path(\"var\").mkdir(parents=True, exist_ok=True)\nLOG ="),
        ("LOG = logging.FileHandler(HERE / 'var' / 'a.log')", "Path(HERE / 'var' / 'a.log').parent.mkdir(parents=True, exist_ok=True)\nLOG ="),
        ("open('var/a.log', 'a')", "Path(\"var\").mkdir(parents=True, exist_ok=True)\nopen"),
    ],
)
def test_folders_that_are_not_there(tmp_path: Path, line: str, after: str) -> None:
    facts = facts_at(tmp_path, {"main.py": f"import logging\nfrom pathlib import Path\nHERE = Path(__file__).parent\n{line}\n{APP}"})
    logs = {"module": "logging"} if "logging" in line else {}
    error = raised("FileNotFoundError", "no such file", "main.py", 4, filename="/p/var/a.log", inside="var/a.log", **logs)
    assert after in mended(folder_not_there, failed(error), facts)["main.py"]
    assert not found(file_not_there, failed(error), facts)


def test_a_class_that_the_source_does_not_lead_to_tells_its_types(tmp_path: Path) -> None:
    conf = HEAD + "class Conf(BaseSettings):\n    token_minutes: int\n\n\nconf = Conf()\n"
    facts = facts_at(tmp_path, {"main.py": APP + "import there.conf\n", "here/conf.py": conf})
    (one,) = found(missing_setting, invalid("Conf", ("missing", "token_minutes")), facts)
    assert (one.file, one.data["variable"], one.data["value"]) == ("here/conf.py", "TOKEN_MINUTES", "60")


def test_a_validator_of_a_setting_says_nothing_while_others_are_missing(tmp_path: Path) -> None:
    conf = HEAD + "class Conf(BaseSettings):\n    host: str\n    url: PostgresDsn | None = None\n\n\nconf = Conf()\n"
    facts = facts_at(tmp_path, {"main.py": APP + "from conf import conf\n", "conf.py": conf})
    assert not found(setting_not_parsed, invalid("Conf", ("missing", "host"), ("type_error", "url")), facts)
    assert found(setting_not_parsed, invalid("Conf", ("type_error", "url")), facts)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("Value error, \n=====\nNO USER IS SET!\nLook here\n=====", "Value error: NO USER IS SET!"),
        ("Input should be a valid integer, unable to parse", "Input should be a valid integer, unable to parse"),
        ("Value error, too short.", "Value error: too short"),
    ],
)
def test_of_a_message_in_a_frame_its_first_sentence_is_told(message: str, said: str) -> None:
    assert first_sentence(message) == said


def test_a_reader_in_a_module_that_the_source_does_not_lead_to(tmp_path: Path) -> None:
    code = "from decouple import config\n\nDAYS = int(config('KEEP_DAYS'))\nOTHER = config('KEEP')\n"
    facts = facts_at(tmp_path, {"main.py": APP, "conf/values.py": code})
    absent = raised("decouple.UndefinedValueError", "KEEP_DAYS not found.", "conf/values.py", 3, module="decouple")
    (one,) = found(missing_setting, failed(absent), facts)
    assert (one.key, one.file, one.line, one.data["value"]) == ("KEEP_DAYS", "conf/values.py", 3, "60")
