"""Values that stand in for what only a person knows: typed, harmless, used in trials and never written."""

import ast
import json
import re

from bootproof.model.facts import Facts
from bootproof.rules.engine._urls import asynchronous, synchronous
from bootproof.rules.reading import dotted_name, named
from bootproof.rules.settings._names import model_fields

LONG = "bootproof-stand-in-0123456789abcdef0123456789abcdef0123456789abcdef"
_FERNET = "Ym9vdHByb29mLXN0YW5kLWluLTAxMjM0NTY3ODlhYmM="  # 32 bytes, as cryptography's Fernet asks for
_DATABASE = re.compile(r"(?:DATABASE|DB|POSTGRES\w*|PG|SQL\w*)_?(?:URL|URI|DSN)|SQLALCHEMY\w*UR[LI]", re.IGNORECASE)
_BY_TYPE = {
    "bool": "true",
    "float": "1.0",
    "decimal": "1",
    "dict": "{}",
    "mapping": "{}",
    "emailstr": "person@example.com",
    "redisdsn": "redis://localhost:6379/0",
    "amqpdsn": "amqp://guest:guest@localhost:5672/",
    "mongodsn": "mongodb://localhost:27017/app",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "uuid4": "00000000-0000-4000-8000-000000000000",
    "date": "2030-01-01",
    "datetime": "2030-01-01T00:00:00Z",
    "timedelta": "PT1H",
    "path": ".",
    "directorypath": ".",
}
_LISTS = frozenset({"list", "set", "tuple", "frozenset", "sequence", "iterable", "collection"})
_INTEGERS = frozenset({"int", "positiveint", "nonnegativeint", "conint"})
# Words in a variable's name, and what stands in for it where its type is text.
_BY_NAME = (
    (r"FERNET", _FERNET),
    (r"REDIS\w*(?:URL|URI|DSN)|(?:BROKER|RESULT_BACKEND|CACHE)\w*", "redis://localhost:6379/0"),
    (r"MONGO\w*(?:URL|URI|DSN)", "mongodb://localhost:27017/app"),
    (r"(?:AMQP|RABBIT\w*)_?(?:URL|URI|DSN)", "amqp://guest:guest@localhost:5672/"),
    (r"ALGORITHM", "HS256"),
    (r"(?:SECRET|TOKEN|KEY|PASSWORD|PASSWD|PASS|PEPPER|SALT)", LONG),
    (r"EMAIL|MAIL_FROM", "person@example.com"),
    (r"(?:URL|URI|ENDPOINT|ORIGINS?)$", "http://localhost:3000"),
    (r"(?:DEBUG|ENABLED)$", "true"),
    (r"(?:HOST|SERVER|HOSTNAME|ADDRESS)$", "localhost"),
    (r"(?:EXPIRES?|MINUTES?|SECONDS?|HOURS?|DAYS?|TTL|SIZE|TIMEOUT|LIMIT|WORKERS|MAX|MIN|COUNT)", "60"),
    (r"(?:^|_)ENV(?:IRONMENT)?$", "development"),
    (r"LOG_?LEVEL", "INFO"),
    (r"(?:DIR|PATH|FOLDER)$", "."),
)


def stand_in(facts: Facts, file: str, name: str, annotation: str = "") -> str:
    """A value that a field of this name and annotation accepts; `file` is where the annotation stands."""
    plain = _plain(annotation)
    head = plain.partition("[")[0].rpartition(".")[2]
    lower = head.lower()
    if lower == "literal":
        return _first_literal(plain)
    if lower in _INTEGERS or (lower in ("", "str") and re.search(r"PORT$", name, re.IGNORECASE)):
        return _number(name)
    if lower in _LISTS:
        return '["http://localhost:3000"]' if re.search(r"ORIGIN|CORS|URL", name, re.IGNORECASE) else "[]"
    if lower in _BY_TYPE:
        return _BY_TYPE[lower]
    if lower == "postgresdsn" or _DATABASE.search(name):
        return database_url(facts, "postgresql" if lower == "postgresdsn" else "")
    if lower in ("anyurl", "httpurl", "anyhttpurl", "anywebsocketurl"):
        return "http://localhost:8000/"
    known = lower in ("", "str", "secretstr")
    member = _first_member(facts, file, head) if not known else None
    if member is not None:
        return member
    model = model_fields(facts, file, head) if not known else {}
    if model:
        required = {each: held for each, held in model.items() if held[1].value is None}
        return json.dumps(
            {each: _value(stand_in(facts, place, each, ast.unparse(node.annotation))) for each, (place, node) in required.items()}
        )
    return next((value for word, value in _BY_NAME if re.search(word, name, re.IGNORECASE)), "bootproof")


def database_url(facts: Facts, database: str = "") -> str:
    """The URL of a database on this machine, with the driver that the project's engine can use."""
    if not facts.files_with(b"sqlalchemy") and not facts.files_with(b"sqlmodel"):
        return "postgresql://bootproof:bootproof@localhost:5432/bootproof"
    asks = any(facts.files_with(word) for word in (b"create_async_engine", b"AsyncEngine("))
    find = asynchronous if asks else synchronous
    if not database:
        database = next((each for each in ("postgresql", "mysql") if find(facts, each)), "")
        if not database and asks and find(facts, "sqlite"):
            database = "sqlite"
        database = database or "postgresql"
    # where none is installed yet, the one that a missing driver is repaired with
    driver = find(facts, database) or ("asyncpg" if asks and database == "postgresql" else "")
    scheme = f"{database}+{driver}" if driver else database
    return f"{scheme}:///./bootproof.db" if database == "sqlite" else f"{scheme}://bootproof:bootproof@localhost:5432/bootproof"


def _value(text: str) -> object:
    """A stand-in as a value inside JSON, where lists and objects are no text."""
    return json.loads(text) if text[:1] in ("[", "{") else text


def _plain(annotation: str) -> str:
    """The annotation without `Optional`, `| None` and `Annotated`."""
    text = annotation.replace("typing.", "").replace("pydantic.", "").strip().strip("\"'")
    for wrapper in ("Annotated[", "Optional[", "Final["):
        if text.startswith(wrapper):
            text = text[len(wrapper) : -1]
            text = _plain(text.split(",")[0] if wrapper == "Annotated[" and "[" not in text.split(",")[0] else text)
    parts = [each.strip() for each in text.split("|") if each.strip() not in ("None", "")] if "[" not in text else [text]
    return parts[0] if parts else text


def _first_literal(annotation: str) -> str:
    try:
        tree = ast.parse(annotation, mode="eval").body
    except SyntaxError:
        return "bootproof"
    values = [each.value for each in ast.walk(tree) if isinstance(each, ast.Constant)]
    return str(values[0]) if values else "bootproof"


def _number(name: str) -> str:
    if re.search(r"PORT$", name, re.IGNORECASE):
        words = (("POSTGRES|PG|DB|DATABASE|SQL", "5432"), ("REDIS|CACHE", "6379"), ("SMTP|MAIL", "587"))
        return next((port for word, port in words if re.search(word, name, re.IGNORECASE)), "8000")
    return "60"


def _first_member(facts: Facts, file: str, name: str) -> str | None:
    """The value of the first member of an own enumeration."""
    found = named(facts, file, name) if name.isidentifier() else None
    node = found.node if found else None
    if not isinstance(node, ast.ClassDef) or not any("Enum" in dotted_name(base) for base in node.bases):
        return None
    for each in node.body:
        if isinstance(each, ast.Assign) and isinstance(each.value, ast.Constant):
            return str(each.value.value)
    return None
