"""What one PostgreSQL driver calls what another calls otherwise: libpq and psycopg on one side, asyncpg on the other.

Which name a driver takes is asked of the driver; here stands only what the names mean.
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS,
https://magicstack.github.io/asyncpg/current/api/index.html, https://www.psycopg.org/psycopg3/docs/api/connections.html
"""

import ast
import re
from collections.abc import Iterator

SQLITE_ALONE = frozenset({"check_same_thread"})  # it is about SQLite's own objects: to a server it says nothing
TWINS = {"prepared_statement_cache_size": "statement_cache_size"}  # beside the other it says nothing more
_CACHES = frozenset({"statement_cache_size", "prepared_statement_cache_size"})
_OPTIONS = re.compile(r"\s*(?:-c\s*\w[\w.]*=[^\s\\\\]+\s*)+")


def translations(parameter: str, code: str) -> Iterator[tuple[str, str]]:
    """The entries (name, code of the value) that mean the same as a parameter with this value, given as code."""
    value = _literal(code)
    if parameter == "connect_timeout":
        yield "timeout", code
    elif parameter == "timeout" and isinstance(value, int):
        yield "connect_timeout", code
    elif parameter == "application_name":
        yield "server_settings", f'{{"application_name": {code}}}'
    elif parameter == "prepare_threshold" and code in ("None", "0"):
        yield "statement_cache_size", "0"
    elif parameter in _CACHES and code == "0":
        yield "prepare_threshold", "None"
    elif parameter == "options" and isinstance(value, str) and _OPTIONS.fullmatch(value):
        pairs = re.findall(r"-c\s*([\w.]+)=([^\s\\]+)", value)
        yield "server_settings", "{" + ", ".join(f'"{name}": "{each}"' for name, each in pairs) + "}"
    elif parameter == "server_settings" and isinstance(value, dict):
        settings = {str(name): str(each) for name, each in value.items()}
        if not any(re.search(r"[\s\\]", each) for each in settings.values()):
            yield "options", '"' + " ".join(f"-c {name}={each}" for name, each in settings.items()) + '"'
    elif parameter == "ssl" and isinstance(value, str | bool):
        yield "sslmode", code if isinstance(value, str) else f'"{"require" if value else "disable"}"'


def _literal(code: str) -> object:
    try:
        value: object = ast.literal_eval(code)
    except (ValueError, SyntaxError):
        return None
    return value
