"""Reports built by hand that hold everything a report can hold."""

from dataclasses import replace
from pathlib import Path

from bootproof.model.edit import Edit, ImportEdit
from bootproof.model.environment import Distribution, Environment
from bootproof.model.finding import Finding, Fix, Location, Proof, Rival, Trial
from bootproof.model.project import Evidence, Project, SettingValue, Target, Unreadable
from bootproof.model.report import Criterion, FileChange, Report, Server
from bootproof.model.symptom import Exchange, Frame, Refused, StageTime
from bootproof.model.words import Family, Meaning, Outcome, Safety, Severity, Stage, Verdict

PASSWORD = "kestrel-Orbit-77"
URL = f"postgresql://shop:{PASSWORD}@db.shop.example/shop?sslmode=require&channel_binding=require"
API_KEY = "zx81-quartz-lantern"

DRIVER = "BP101:requirements.txt:driver"
ENGINE = "BP201:src/core/database.py:AsyncEngine"
CYCLE = "BP203:src/models/order.py:order-user"
SCHEME = "BP501:.env:DATABASE_URL"
BINDING = "BP503:.env:DATABASE_URL"
KEY = "BP301:src/core/config.py:SECRET_KEY"
FACTORY = "BP510:src/core/database.py:session_factory"


def withheld(
    *fingerprints: str, stage: Stage, seen: str, seconds: float = 0.12, outcome: Outcome = Outcome.FAILED
) -> Trial:
    return Trial(fingerprints, outcome, stage, seen, seconds, diagnosed=fingerprints[:1])


def findings() -> tuple[Finding, ...]:
    return (
        Finding(
            "BP510",
            "sync-session-factory",
            Family.ENGINE,
            "session_factory",
            "src/core/database.py",
            28,
            "`sessionmaker` makes asynchronous sessions here; `async_sessionmaker` is the typed way",
            end_line=35,
            explanation="The synchronous factory works with `class_=AsyncSession`.",
            old="session = sessionmaker(\n    engine,\n    class_=AsyncSession,\n    future=True,\n)",
            new="session = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)",
            fix=Fix(
                "use `async_sessionmaker`",
                Safety.SAFE,
                (Edit("src/core/database.py", 700, 712, "sessionmaker", "x"),),
            ),
            proof=Proof(Meaning.NOT_NEEDED, trials=(Trial((FACTORY,), Outcome.STARTED, None, "", 0.31),)),
            advice_only=True,
        ),
        Finding(
            "BP101",
            "missing-driver",
            Family.DEPENDENCIES,
            "driver",
            "requirements.txt",
            10,
            "no asynchronous driver is declared for `postgresql`",
            explanation="`create_async_engine` needs a driver that can wait, and only psycopg2 is declared.",
            stage=Stage.IMPORT,
            severity=Severity.BLOCKER,
            old="psycopg2-binary>=2.9.9",
            new="psycopg2-binary>=2.9.9\nasyncpg>=0.29.0",
            seen=True,
            fix=Fix(
                "declare `asyncpg`",
                Safety.SAFE,
                (Edit("requirements.txt", 190, 190, "", "asyncpg>=0.29.0\n"),),
                rivals=(Rival("declare `psycopg[binary]`", "then no parameter of the URL has to change"),),
                requires=("asyncpg>=0.29.0",),
            ),
            proof=Proof(
                Meaning.NECESSARY,
                trials=(
                    withheld(
                        DRIVER, stage=Stage.IMPORT, seen="ModuleNotFoundError: No module named 'asyncpg'"
                    ),
                    withheld(
                        DRIVER,
                        SCHEME,
                        stage=Stage.IMPORT,
                        seen="InvalidRequestError: The asyncio extension requires an async driver",
                    ),
                ),
            ),
        ),
        Finding(
            "BP201",
            "moved-name",
            Family.IMPORTS,
            "AsyncEngine",
            "src/core/database.py",
            5,
            "`AsyncEngine` is imported from `sqlmodel.ext.asyncio.session`, which does not export it",
            explanation="The name lives in `sqlalchemy.ext.asyncio`. A name that is missing ends the import.",
            end_line=10,
            stage=Stage.IMPORT,
            severity=Severity.BLOCKER,
            old="from sqlmodel.ext.asyncio.session import AsyncEngine, AsyncSession",
            new="from sqlmodel.ext.asyncio.session import AsyncSession\n"
            "from sqlalchemy.ext.asyncio import AsyncEngine",
            seen=True,
            fix=Fix(
                "import `AsyncEngine` from `sqlalchemy.ext.asyncio`",
                Safety.SAFE,
                (
                    ImportEdit(
                        "src/core/database.py",
                        80,
                        146,
                        ("AsyncEngine",),
                        ("from sqlalchemy.ext.asyncio import AsyncEngine",),
                    ),
                ),
            ),
            proof=Proof(
                Meaning.NECESSARY,
                trials=(
                    withheld(
                        ENGINE,
                        stage=Stage.IMPORT,
                        seen="ImportError: cannot import name 'AsyncEngine'",
                    ),
                ),
            ),
        ),
        Finding(
            "BP203",
            "circular-import",
            Family.IMPORTS,
            "order-user",
            "src/models/order.py",
            4,
            "`src.models.order` and `src.models.user` import each other before either is complete",
            stage=Stage.IMPORT,
            severity=Severity.BLOCKER,
            related=(
                Location("src/models/order.py", 4, note="imports `User` from `src.models.user`"),
                Location("src/models/user.py", 3, note="imports `Address` from `src.models.address`"),
                Location("src/models/address.py", 6, note="imports `Order` from `src.models.order`"),
            ),
            seen=True,
            fix=Fix("import `Order` only for type checking", Safety.SAFE),
            proof=Proof(Meaning.SEEN),
        ),
        Finding(
            "BP501",
            "url-names-no-async-driver",
            Family.ENGINE,
            "DATABASE_URL",
            ".env",
            2,
            "the scheme of `DATABASE_URL` names no asynchronous driver",
            stage=Stage.IMPORT,
            severity=Severity.BLOCKER,
            old=f"DATABASE_URL='{URL}'",
            new=f"DATABASE_URL='{URL.replace('postgresql:', 'postgresql+asyncpg:')}'",
            seen=True,
            fix=Fix(
                "name asyncpg in the scheme",
                Safety.SAFE,
                (Edit(".env", 30, 30 + len(URL), URL, URL.replace("postgresql:", "postgresql+asyncpg:")),),
            ),
            proof=Proof(
                Meaning.NECESSARY,
                given=(DRIVER,),
                trials=(
                    withheld(
                        SCHEME, stage=Stage.IMPORT, seen="the loaded 'psycopg2' is not async", seconds=0.098
                    ),
                ),
            ),
        ),
        Finding(
            "BP503",
            "channel-binding-for-asyncpg",
            Family.ENGINE,
            "DATABASE_URL",
            ".env",
            2,
            "asyncpg takes no parameter `channel_binding`",
            explanation="It is a parameter of libpq.",
            stage=Stage.STARTUP,
            severity=Severity.BLOCKER,
            seen=True,
            fix=Fix(
                "drop `channel_binding`",
                Safety.UNSAFE,
                loses="a server that cannot prove that it shares the TLS channel is no longer refused",
            ),
            proof=Proof(
                Meaning.NECESSARY,
                given=(DRIVER, SCHEME),
                trials=(
                    withheld(
                        BINDING,
                        stage=Stage.STARTUP,
                        seen="TypeError: connect() got an unexpected keyword argument 'channel_binding'",
                    ),
                ),
            ),
        ),
        Finding(
            "BP801",
            "undiagnosed",
            Family.REQUESTS,
            "GET /api/orders",
            "src/routers/orders.py",
            41,
            "`GET /api/orders` answers 500",
            stage=Stage.REQUESTS,
            severity=Severity.FAILURE,
            related=(Location("src/core/pay.py", 12, note="the last own frame"),),
            seen=True,
        ),
    )


def placeholder() -> Finding:
    return Finding(
        "BP301",
        "missing-setting",
        Family.SETTINGS,
        "SECRET_KEY",
        "src/core/config.py",
        14,
        "`src/core/config.py` needs `SECRET_KEY`, but nothing sets it",
        stage=Stage.IMPORT,
        severity=Severity.BLOCKER,
        seen=True,
        fix=Fix(
            "add `SECRET_KEY=` to `.env`", Safety.PLACEHOLDER, stand_ins={"SECRET_KEY": "stand-in-1f3870be"}
        ),
        proof=Proof(
            Meaning.NECESSARY, trials=(withheld(KEY, stage=Stage.IMPORT, seen="ValidationError: 1 error"),)
        ),
    )


def project() -> Project:
    return Project(
        Path("/somewhere/shop"),
        target=Target(
            "src.main",
            "app",
            "src/main.py",
            port=8081,
            evidence=(
                Evidence("the only application object", "src/main.py", 31),
                Evidence("CMD", "Dockerfile", 9),
            ),
        ),
        settings=(
            SettingValue("DATABASE_URL", URL, ".env", 2, 30, 30 + len(URL), committed=None),
            SettingValue("STRIPE_API_KEY", API_KEY, ".env", 3, 150, 169),
        ),
        unreadable=(Unreadable("src/old/legacy.py", "Python 2 syntax", 7),),
        notes=("`docker-compose.yml` names two ports; 8081 is the one of the Dockerfile",),
    )


def broken() -> Report:
    """An audit of a backend with blockers, a failure and advice, that fixes mend but for the failure."""
    return Report(
        Verdict.FAILS,
        Verdict.STARTS,
        project(),
        Environment(
            Path("/cache/env/bin/python"),
            "3.11.7",
            (
                Distribution("asyncpg", "0.31.0", ("asyncpg",)),
                Distribution("fastapi", "0.128.0", ("fastapi",)),
            ),
            (Path("/cache/env/lib"),),
        ),
        (
            StageTime(Stage.RESOLVE, "passed", 0.01234567),
            StageTime(Stage.PRESTART, "skipped", 0.0),
            StageTime(Stage.IMPORT, "failed", 0.8),
            StageTime(Stage.STARTUP, "not-reached", 0.0),
        ),
        findings(),
        criteria=(
            Criterion(
                "SC-001",
                "the server starts without ImportError or ModuleNotFoundError",
                "met",
                "cold start, 1.42 s",
            ),
            Criterion(
                "SC-002", "every error that blocks the start is found", "unproved", "one route answers 500"
            ),
            Criterion(
                "SC-006", "all routers are registered and reachable", "not-met", "`orders | GET` answers 500"
            ),
        ),
        server=Server(
            f"\x1b[32mINFO\x1b[0m: Starting application...\nINFO: connected to {URL}\nINFO: key {API_KEY}\n",
            (
                Exchange("GET", "/health", 200, '{"status":"healthy"}', content_type="application/json"),
                Exchange(
                    "POST",
                    "/api/auth/signup",
                    422,
                    '{"detail":[{"type":"missing","loc":["body","email"],"msg":"Field required"}]}',
                    request_body="{}",
                    content_type="application/json",
                ),
                Exchange("GET", "/api/orders", None),
            ),
            ("auth: POST /api/auth/signup 422", "orders: GET /api/orders 500"),
            1.4234,
            "uvicorn src.main:app --port 8081",
            8081,
        ),
        untouched=Server(
            "Traceback (most recent call last):\n  ...\nImportError: cannot import name 'AsyncEngine'\n"
        ),
        refused=(
            Refused(
                "api.pay.example",
                443,
                Stage.STARTUP,
                Frame("src/core/pay.py", 12, "warm", "src.core.pay", own=True),
            ),
        ),
        not_tried=("whether production's host, credentials, database name and pooler are right",),
        seconds=3.14159,
        created="2026-02-06T10:00:00Z",
        version="0.1.0",
        trials=24,
        notes=("rule BP402 raised KeyError and was passed over",),
    )


def healthy() -> Report:
    """An audit of a backend that starts and has nothing to say."""
    whole = broken()
    return replace(
        whole,
        verdict=Verdict.STARTS,
        fixed_verdict=Verdict.STARTS,
        findings=(),
        criteria=(),
        refused=(),
        not_tried=(),
        notes=(),
        untouched=None,
        project=replace(whole.project, notes=(), unreadable=()),
        stages=(StageTime(Stage.IMPORT, "passed", 0.6), StageTime(Stage.READY, "passed", 0.2)),
        trials=1,
    )


def unproved() -> Report:
    """An audit that could not tell: no application, no environment."""
    return Report(
        Verdict.UNPROVED,
        Verdict.UNPROVED,
        Project(Path("/somewhere/empty")),
        None,
        (),
        (),
        untouched=Server("one\ntwo\n"),
        not_tried=("everything after stage resolve",),
    )


def only_placeholder() -> Report:
    """A backend that needs a value which only a person knows."""
    return replace(
        healthy(),
        verdict=Verdict.FAILS,
        fixed_verdict=Verdict.UNPROVED,
        findings=(placeholder(),),
        server=None,
    )


def changed(*, applied: bool) -> tuple[FileChange, ...]:
    """The files of a fix."""
    old, new = f"DATABASE_URL='{URL}'", f"DATABASE_URL='{URL.replace('postgresql:', 'postgresql+asyncpg:')}'"
    backup = ".bootproof/backups/1/" if applied else None
    return (
        FileChange(
            ".env",
            f"--- a/.env\n+++ b/.env\n@@ -2 +2 @@\n-{old}\n+{new}\n",
            backup and backup + ".env",
            applied,
        ),
        FileChange(
            "requirements.txt",
            "--- a/requirements.txt\n+++ b/requirements.txt\n"
            "@@ -10 +10,2 @@\n psycopg2-binary>=2.9.9\n+asyncpg>=0.29.0\n",
            backup and backup + "requirements.txt",
            applied,
        ),
    )
