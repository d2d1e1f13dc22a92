"""The trials of the reference case, and what each must give on each version set.

Those marked `manual` are the rows of the reference case's own table; the others are what its findings claim
beyond it.
"""

from dataclasses import dataclass

from backend import Edit

STARTS = "starts"
SETS = ("2026-02", "current")

REQUIREMENTS, ENV = "requirements.txt", ".env"
DATABASE, PROJECTS, MAIN = "src/core/database.py", "src/services/projects.py", "src/main.py"
DRIVER = "psycopg2-binary>=2.9.9\n"
LOCAL = "    from src.services.notifications import notify\n\n"

BLOCKERS: dict[str, tuple[Edit, ...]] = {
    "driver": (Edit(REQUIREMENTS, DRIVER, f"{DRIVER}asyncpg>=0.29.0\n"),),
    "AsyncEngine": (
        Edit(DATABASE, "import AsyncEngine, AsyncSession", "import AsyncSession"),
        Edit(DATABASE, "import create_async_engine", "import AsyncEngine, create_async_engine"),
    ),
    "cycle": (
        Edit(PROJECTS, "from src.services.notifications import notify\n", ""),
        Edit(PROJECTS, "ProjectCreate) -> Project:\n", f"ProjectCreate) -> Project:\n{LOCAL}"),
    ),
    "scheme": (Edit(ENV, "'postgresql://", "'postgresql+asyncpg://"),),
    "sslmode": (Edit(ENV, "sslmode=require", "ssl=require"),),
    "channel_binding": (Edit(ENV, "&channel_binding=require", ""),),
}
GREENLET = Edit(REQUIREMENTS, "sqlmodel>=0.0.22\n", "sqlmodel>=0.0.22\nsqlalchemy[asyncio]\n")
ADVICE: dict[str, tuple[Edit, ...]] = {
    "factory": (
        Edit(DATABASE, "from sqlalchemy.orm import sessionmaker\n", ""),
        Edit(
            DATABASE,
            "import AsyncEngine, create_async_engine",
            "import AsyncEngine, async_sessionmaker, create_async_engine",
        ),
        Edit(DATABASE, "= sessionmaker(", "= async_sessionmaker("),
        Edit(DATABASE, "    autocommit=False,\n    autoflush=False,\n", ""),
    ),
    "unused imports": (
        Edit(DATABASE, "import SQLModel, create_engine", "import SQLModel"),
        Edit(DATABASE, "from sqlalchemy.pool import NullPool\n", ""),
    ),
    "psycopg2": (Edit(REQUIREMENTS, DRIVER, ""),),
}
TLS_DROPPED = Edit(ENV, "?sslmode=require&channel_binding=require", "")
PSYCOPG = Edit(REQUIREMENTS, DRIVER, "psycopg[binary]>=3.2\n")
PSYCOPG_SCHEME = Edit(ENV, "'postgresql://", "'postgresql+psycopg://")
AUTOCOMMIT = Edit(DATABASE, "autocommit=False", "autocommit=True")
EXPORTS = (
    Edit(MAIN, "import auth, health,", "import auth, exports, health,"),
    Edit(
        MAIN,
        "app.include_router(health.router)\n",
        "app.include_router(health.router)\napp.include_router(exports.router)\n",
    ),
)


@dataclass(frozen=True)
class Trial:
    """One boot.

    `expected` holds, for each set on which it applies, `starts`, a pattern of the exception that ended the
    start, or a pattern of "starts, then" and the exception that the first signup raised.
    """

    name: str
    edits: tuple[Edit, ...]
    expected: dict[str, str]
    greenlet: bool = True  # whether sqlalchemy[asyncio] is declared (current versions only)
    overlay: str = ""  # "after": the files as `fix --unsafe` leaves them
    tls: bool = True  # whether the database offers TLS
    protected: str = "TLS"  # how the connections of a start are protected
    manual: bool = False  # a row of the reference case's own table
    routes: bool = False  # ask every route


def without(*withheld: str) -> tuple[Edit, ...]:
    """The edits of all blockers but those named."""
    return tuple(edit for name, edits in BLOCKERS.items() if name not in withheld for edit in edits)


def advice(*withheld: str) -> tuple[Edit, ...]:
    """The edits of all advice but those named; they go after those of the blockers."""
    return tuple(edit for name, edits in ADVICE.items() if name not in withheld for edit in edits)


def both(expected: str) -> dict[str, str]:
    return dict.fromkeys(SETS, expected)


def no_module(name: str) -> str:
    return rf"ModuleNotFoundError: No module named '{name}'"


SSLMODE = r"TypeError: .*unexpected keyword argument 'sslmode'"
CHANNEL_BINDING = r"TypeError: .*unexpected keyword argument 'channel_binding'"
NOT_ASYNC = r"InvalidRequestError: .*'psycopg2' is not async"
ENGINE = r"ImportError: cannot import name 'AsyncEngine'"
CIRCULAR = r"ImportError: cannot import name 'notify' from partially initialized module 'src\.services\.n"
NO_GREENLET = r"ImportError: .*greenlet|ModuleNotFoundError: .*greenlet"

TRIALS: tuple[Trial, ...] = (
    Trial("everything mended", without() + advice(), both(STARTS), manual=True, routes=True),
    Trial(
        "asyncpg not declared, psycopg2-binary alone",
        without("driver"),
        both(no_module("asyncpg")),
        manual=True,
    ),
    Trial("asyncpg *added*, psycopg2-binary kept", without() + advice("psycopg2"), both(STARTS), manual=True),
    Trial("`AsyncEngine` import withheld", without("AsyncEngine"), both(ENGINE), manual=True),
    Trial(
        "scheme withheld, psycopg2 still installed",
        without("scheme"),
        {"2026-02": NOT_ASYNC, "current": no_module("psycopg")},
        manual=True,
    ),
    Trial("`sslmode` withheld", without("sslmode"), both(SSLMODE), manual=True),
    Trial("`channel_binding` withheld", without("channel_binding"), both(CHANNEL_BINDING), manual=True),
    Trial("both withheld", without("sslmode", "channel_binding"), both(SSLMODE), manual=True),
    Trial("session factory withheld", without() + advice("factory"), both(STARTS), manual=True, routes=True),
    Trial(
        "`sslmode` *dropped* instead of translated",
        (*without("sslmode", "channel_binding"), TLS_DROPPED),
        both(STARTS),
        tls=False,
        protected="plain",
        manual=True,
    ),
    Trial(
        "psycopg 3 instead of asyncpg, `.env` untouched",
        (*without("driver", "scheme", "sslmode", "channel_binding"), PSYCOPG),
        {"2026-02": no_module("psycopg2"), "current": STARTS},
        manual=True,
    ),
    Trial(
        "psycopg 3, scheme `+psycopg`, parameters untouched",
        (*without("driver", "scheme", "sslmode", "channel_binding"), PSYCOPG, PSYCOPG_SCHEME),
        both(STARTS),
        manual=True,
    ),
    Trial("greenlet withheld", without() + advice(), {"current": NO_GREENLET}, greenlet=False, manual=True),
    Trial("untouched", (), {"2026-02": ENGINE, "current": NO_GREENLET}, greenlet=False),
    Trial("greenlet declared, nothing else mended", (), {"current": ENGINE}),
    Trial("as `fix --unsafe` leaves it", (), both(STARTS), overlay="after", routes=True),
    Trial(
        "as `fix` leaves it (`channel_binding` kept)",
        (Edit(ENV, "ssl=require", "ssl=require&channel_binding=require"),),
        both(CHANNEL_BINDING),
        overlay="after",
    ),
    Trial(
        "circular import withheld",
        without("cycle"),
        both(CIRCULAR),
    ),
    Trial("unused imports withheld", without() + advice("unused imports"), both(STARTS)),
    Trial(
        "the harmless cycle (`tags`, `search`) entered by its other end",
        (
            *without(),
            Edit(
                MAIN,
                "from src.core.config import settings\n",
                "import src.services.search\nfrom src.core.config import settings\n",
            ),
        ),
        both(STARTS),
    ),
    Trial("the router that was never included, included", (*without(), *EXPORTS), both(STARTS), routes=True),
    Trial(
        "`autocommit=True` in the session factory",
        (*without(), AUTOCOMMIT),
        both(r"starts, then .*autocommit"),
    ),
    Trial(
        "everything mended, database without TLS",
        without() + advice(),
        both(r"ConnectionError: .*rejected SSL upgrade"),
        tls=False,
    ),
    Trial(
        "`sslmode` dropped, database with TLS",
        (*without("sslmode", "channel_binding"), TLS_DROPPED),
        both(STARTS),
    ),
)
