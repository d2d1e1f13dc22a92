"""`bootproof push`: a report to the team server."""

import os
import re
from pathlib import Path
from typing import BinaryIO

import click

from bootproof.cli import exits, output

_TOKEN = re.compile(r"bp_[0-9a-f]{16}_[A-Za-z0-9_\-]{43}")
_COMMITS = ("BOOTPROOF_COMMIT", "GITHUB_SHA", "CI_COMMIT_SHA", "BUILDKITE_COMMIT", "CIRCLE_SHA1", "GIT_COMMIT")
_BRANCHES = ("BOOTPROOF_BRANCH", "GITHUB_HEAD_REF", "GITHUB_REF_NAME", "CI_COMMIT_REF_NAME", "BUILDKITE_BRANCH",
             "CIRCLE_BRANCH", "GIT_BRANCH")  # fmt: skip


def server_address(ctx: click.Context, param: click.Parameter, value: str | None) -> str:
    """The server's address. Raises where there is none; an error repeats nothing of it."""
    from bootproof.push.sending import BadAddress, base_of

    if not value:
        raise click.UsageError("no server is named; set BOOTPROOF_SERVER or --server, as https://bootproof.example.com")
    try:
        return base_of(value)
    except BadAddress as problem:
        raise click.BadParameter(str(problem)) from None


def found_token(file: Path | None) -> str:
    """The token of the file, else of BOOTPROOF_TOKEN. Raises UsageError; it repeats nothing of what it read."""
    if file is not None:
        where = f"`{file}`"
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise click.UsageError(f"--token-file: {where} cannot be read as text") from None
    else:
        where, text = "BOOTPROOF_TOKEN", os.environ.get("BOOTPROOF_TOKEN", "")
        if not text.strip():
            raise click.UsageError("no token; set BOOTPROOF_TOKEN or --token-file to one of the project with the scope `upload`")
    if not _TOKEN.fullmatch(text.strip()):
        raise click.UsageError(f"{where} holds no token; one begins with `bp_` and was shown whole when it was made")
    return text.strip()


@click.command("push")
@click.argument("report", type=click.File("rb"), default="-")
@click.option("--server", metavar="URL", envvar="BOOTPROOF_SERVER", show_envvar=True, callback=server_address,
              help="The address of the team server.")  # fmt: skip
@click.option("--token-file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="The file that holds the project's token.  [default: the token is BOOTPROOF_TOKEN]")  # fmt: skip
@click.option("--commit", default="", envvar=list(_COMMITS), help="The commit that was audited.  [default: what CI says]")
@click.option("--branch", default="", envvar=list(_BRANCHES), help="The branch that it is on.  [default: what CI says]")
@click.option("--timeout", type=click.FloatRange(1, 3600), default=60.0, show_default=True, metavar="SECONDS",
              help="How long to try, where the server is busy or away.")  # fmt: skip
@click.option("--quiet", "-q", is_flag=True, help="Print the address of the audit's page and errors only.")
def command(
    report: BinaryIO, server: str, token_file: Path | None, commit: str, branch: str, timeout: float, quiet: bool
) -> int:
    """Send REPORT, a report as JSON (default: stdin), to the team server; print the address of its page.

    The token is one of the project's, with the scope `upload`. It is read from BOOTPROOF_TOKEN or a file,
    never from the command line, where every user of the machine could read it. Pushing the same
    report again changes nothing. Secrets are masked before a report is written, and once more by the server.

    \b
    Examples:
      bootproof audit backend --format json --output report.json
      bootproof push report.json --server https://bootproof.example.com
      bootproof audit backend --format json | bootproof push --token-file ~/.bootproof-token

    Exit codes: 0 the server has it, 1 the server refused it, 2 usage, 3 bootproof's own fault, 4 the server
    could not be reached, or is busy: push again later.
    """
    from bootproof.push.answers import outcome
    from bootproof.push.document import NoReport, document
    from bootproof.push.sending import Delivery, Unreached, in_clear, send
    from bootproof.report.json import LARGEST

    token = found_token(token_file)
    if report.isatty():
        raise click.UsageError("name the report, or pipe it in: bootproof audit --format json | bootproof push")
    try:
        sent = document(report.read(LARGEST + 1))
    except NoReport as problem:
        raise click.UsageError(str(problem)) from None
    if in_clear(server):
        output.say("warning: the token crosses the network unencrypted; use an https:// address")
    try:
        answer = send(Delivery(server, token, commit, branch), sent, timeout, lambda line: output.say(line, quiet=quiet))
    except Unreached as problem:
        output.say(f"error: {server}: {problem}. Nothing is lost: push the same file again.")
        return exits.UNPROVED
    result = outcome(answer, server)
    if not result.kept:
        output.say(f"error: {result.said}")
        return exits.FAILS
    output.emit(f"{result.url}\n", None)
    output.say(f"{sent.verdict}: {result.said}", quiet=quiet)
    return exits.STARTS
