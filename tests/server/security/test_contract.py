"""Schemathesis over the whole OpenAPI document: no 5xx, and no answer that the document does not tell of."""

import os
from collections.abc import Iterator

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import CHECKS
from schemathesis.specs.openapi.checks import positive_data_acceptance

from bootproof.rehearsal.database.postgres import Postgres
from bootproof.server.app import create_app
from bootproof.server.security.secrets import hashed
from bootproof.server.settings import read_settings

from ..audits.shops import new_shop
from ..conftest import Running, sharing
from ..people import TEAM, People, people, run_sql

EXAMPLES = int(os.environ.get("BOOTPROOF_CONTRACT_EXAMPLES", "2"))  # for each operation
_SESSION = """
INSERT INTO browser_sessions (user_id, token_hash, created_at, last_seen_at, expires_at, pending, agent, address)
SELECT id, :hash, now(), now(), now() + interval '1 day', false, '', '' FROM users WHERE email = 'alice@example.com'
"""
# What no schema tells: passwords that are easy to guess, codes that are wrong, addresses that no mail reaches, cursors of nobody.
BY_MEANING = {
    "/api/auth/signup", "/api/auth/reset", "/api/auth/password", "/api/auth/email", "/api/auth/forgot",
    "/api/auth/second-factor/confirm", "/api/teams/{slug}/invitations", "/api/teams/{slug}/projects/{name}/audits", "/api/uploads",
}  # fmt: skip
KNOWN = {"slug": TEAM, "name": "shop", "webhook_id": 1, "number": 1, "user_id": 1}


@pytest.fixture(scope="module")
def running(postgres: Postgres) -> Iterator[Running]:
    with sharing(postgres) as server:
        yield server


@pytest.fixture(scope="module")
def folk(running: Running) -> People:
    found = people(running)
    new_shop(running, found, "Shop").close()
    return found


schema = schemathesis.openapi.from_dict(create_app(read_settings(database_url="postgresql://app@localhost/app")).openapi())


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_every_operation_does_as_the_document_says(case: schemathesis.Case, running: Running, folk: People) -> None:
    aimed = case.meta is None or not case.meta.generation.mode.is_negative
    if aimed and case.path_parameters and not (case.method in ("DELETE", "PATCH") and case.path.endswith(("/{slug}", "/{name}"))):
        case.path_parameters |= {key: value for key, value in KNOWN.items() if key in case.path_parameters}
    cookie = {"session": "c" * 43}
    if httpx2.get(f"{running.url}/api/auth/me", cookies=cookie).status_code == 401:  # the case before ended it
        run_sql(running, _SESSION, hash=hashed("c" * 43))
    left_out = [positive_data_acceptance] if case.path in BY_MEANING else []
    case.call_and_validate(base_url=running.url, cookies=cookie, checks=CHECKS.get_all(), excluded_checks=left_out)
    if case.method == "POST" and case.path.startswith("/api/auth"):
        run_sql(running, "DELETE FROM buckets")
