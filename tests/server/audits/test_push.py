"""`bootproof push` against the real server: what is kept, and what is said where it is not."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import EXAMPLES

from ..people import run_sql
from .shops import Shop, report

NOBODYS = f"bp_{'0' * 16}_{'x' * 43}"
CI = ("GITHUB_SHA", "GITHUB_HEAD_REF", "GITHUB_REF_NAME", "CI_COMMIT_SHA", "CI_COMMIT_REF_NAME")


def push(*arguments: str, stdin: str = "", token: str = "", **variables: str) -> "subprocess.CompletedProcess[str]":
    environ = {key: each for key, each in os.environ.items() if key not in CI and not key.startswith("BOOTPROOF")}
    return subprocess.run(
        [sys.executable, "-m", "bootproof.cli.main", "push", *arguments],
        env={**environ, "BOOTPROOF_TOKEN": token, **variables}, input=stdin, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "report.json"
    path.write_text(json.dumps(report("fails")))
    return path


def test_an_example_is_audited_pushed_and_found_in_the_history(shop: Shop, tmp_path: Path) -> None:
    tree = shutil.copytree(EXAMPLES / "BP201-name-not-exported" / "before", tmp_path / "backend")
    made = subprocess.run(
        [sys.executable, "-m", "bootproof.cli.main", "audit", str(tree), "--format", "json", "--quiet"],
        capture_output=True, text=True, timeout=280,
    )  # fmt: skip
    assert made.returncode == 1, made.stderr
    done = push(stdin=made.stdout, token=shop.token, BOOTPROOF_SERVER=shop.running.url, GITHUB_SHA="c0ffee", GITHUB_REF_NAME="main")
    assert done.returncode == 0, done.stderr
    [line] = shop.get("/audits")["audits"]
    assert (line["verdict"], line["commit"], line["branch"], line["blockers"]) == ("fails", "c0ffee", "main", 1)
    path = shop.at.removeprefix("/api")
    assert done.stdout == f"{shop.running.settings.origin}{path}/audits/{line['id']}\n"
    assert done.stderr == f"fails: audit {line['id']} is kept\n"
    whole = shop.get(f"/audits/{line['id']}")
    assert [each["code"] for each in whole["findings"]] == ["BP201"]
    assert whole["report"] == json.loads(made.stdout), "it was masked before it was written: nothing is left to mask"


def test_again_it_is_kept_once(shop: Shop, file: Path) -> None:
    once, again = (push(str(file), "--server", f"{shop.running.url}/", token=shop.token) for _ in range(2))
    assert once.stdout == again.stdout and once.returncode == again.returncode == 0
    assert "is kept" in once.stderr and "was kept before" in again.stderr
    assert len(shop.ids()) == 1


def test_the_token_is_of_a_file_or_the_environment_never_of_the_command_line(shop: Shop, file: Path, tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text(f"{shop.token}\n")
    done = push(str(file), "--token-file", str(secret), "--quiet", BOOTPROOF_SERVER=shop.running.url)
    assert (done.returncode, done.stderr) == (0, "")
    refused = push(str(file), "--token", shop.token, BOOTPROOF_SERVER=shop.running.url)
    assert refused.returncode == 2 and "No such option" in refused.stderr


def test_a_server_that_has_had_too_much_is_asked_again_when_it_says(shop: Shop, file: Path) -> None:
    bucket = f"INSERT INTO buckets SELECT 'uploads:' || project_id, 0.8, clock_timestamp() FROM tokens WHERE id = '{shop.token_id}'"
    run_sql(shop.running, bucket)
    done = push(str(file), "--server", shop.running.url, token=shop.token)
    assert done.returncode == 0 and "too many uploads; trying again in 1 s" in done.stderr, done.stderr
    run_sql(shop.running, "UPDATE buckets SET tokens = -20, at = clock_timestamp()")
    given_up = push(str(file), "--server", shop.running.url, "--timeout", "3", token=shop.token)
    assert given_up.returncode == 4 and "the next try would be in 7" in given_up.stderr, given_up.stderr
    run_sql(shop.running, "DELETE FROM buckets")


def test_a_token_that_is_not_good_is_told_apart(shop: Shop, file: Path) -> None:
    def refused(token: str) -> str:
        done = push(str(file), "--server", shop.running.url, token=token)
        assert done.returncode == 1 and done.stdout == "" and done.stderr.count("\n") == 1, done.stderr
        assert token not in done.stderr
        return done.stderr

    assert refused(NOBODYS) == refused(f"{shop.token[:-4]}aaaa")
    assert "gives no access here. Make a new one" in refused(NOBODYS)
    reading = shop.reader.headers["Authorization"].removeprefix("Bearer ")
    assert "has no scope `upload`. Make a token with the scope" in refused(reading)
    run_sql(shop.running, "UPDATE tokens SET expires_at = now() - interval '1 second' WHERE id = :id", id=shop.token_id)
    assert "has expired. Make a new one" in refused(shop.token)
    assert shop.folk.bob.delete(f"{shop.at}/tokens/{shop.token_id}").status_code == 204
    assert "was revoked. Make a new one" in refused(shop.token)
    assert shop.ids() == []


def test_a_large_report_with_a_bad_token_hears_so_and_not_of_a_broken_connection(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "large.json"
    file.write_text(json.dumps(report(notes=["x" * 4_900_000])))
    done = push(str(file), "--server", shop.running.url, token=NOBODYS)
    assert done.returncode == 1 and "gives no access here" in done.stderr, done.stderr


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "there is nothing to send"),
        ("{", "this is no JSON"),
        ("[" * 100_000, "this is no JSON"),
        ("[]", "is no report of bootproof"),
        ('{"schema": "other/1"}', "is no report of bootproof"),
        (" " * (5 * 1024 * 1024 + 1), "larger than the 5,242,880 bytes"),
    ],
    ids=["empty", "no JSON", "deep", "list", "another schema", "large"],
)
def test_what_is_no_report_is_not_sent(written: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text(written)
    done = push(str(file), "--server", "http://127.0.0.1:9", token=NOBODYS)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr


def test_what_the_schema_refuses_is_told_with_its_place(shop: Shop, file: Path) -> None:
    file.write_text(json.dumps(report() | {"verdict": "perhaps"}))
    done = push(str(file), "--server", shop.running.url, token=shop.token)
    assert done.returncode == 1 and "/verdict: 'perhaps' is not one of" in done.stderr, done.stderr


@pytest.mark.parametrize(
    ("arguments", "variables", "said"),
    [
        ([], {"BOOTPROOF_TOKEN": NOBODYS}, "no server is named"),
        (["--server", "bootproof.example.com"], {}, "write it as https://HOST"),
        (["--server", "https://me:hidden-word@bootproof.example.com"], {}, "holds a user or a password"),
        (["--server", "https://bootproof.example.com/?a=1"], {}, "without blanks, `?` and `#`"),
        (["--server", "https://bootproof.example.com"], {}, "no token; set BOOTPROOF_TOKEN"),
        (["--server", "https://bootproof.example.com"], {"BOOTPROOF_TOKEN": "hidden-word\nX: y"}, "BOOTPROOF_TOKEN holds no token"),
    ],
)
def test_wrong_usage_says_what_to_set_and_repeats_no_secret(
    arguments: list[str], variables: dict[str, str], said: str, file: Path
) -> None:
    done = push(str(file), *arguments, **variables)
    assert done.returncode == 2 and said in done.stderr, done.stderr
    assert "hidden-word" not in done.stderr and "Traceback" not in done.stderr


def test_who_is_not_there_is_said(file: Path) -> None:
    done = push(str(file), "--server", "http://127.0.0.1:9", "--timeout", "1", token=NOBODYS)
    assert done.returncode == 4 and "error: http://127.0.0.1:9: nobody listens there" in done.stderr, done.stderr
