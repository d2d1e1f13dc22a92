"""`bootproof serve`: the team server, on an embedded PostgreSQL where no other is named."""

import os
from pathlib import Path

import click

from bootproof.cli import exits


@click.command("serve")
@click.option("--host", default=None, help="The address to listen on.  [default: HOST, else 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="The port to listen on.  [default: PORT, else 8081]")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), default=None,
              help="The folder of the embedded PostgreSQL.  [default: ~/.local/share/bootproof]")  # fmt: skip
def command(host: str | None, port: int | None, data: Path | None) -> int:
    """Runs the team server: where a team keeps its audits.

    With DATABASE_URL it uses that PostgreSQL. Without, one of its own runs in the data folder, reachable by this
    server only. The database is migrated first; several servers may share one.

    \b
    Examples:
      bootproof serve                                        at http://127.0.0.1:8081, nothing else needed
      DATABASE_URL=postgresql://… bootproof serve            on that database
      bootproof serve --host 0.0.0.0 --port 9000             elsewhere

    Other settings (SECRET_KEY, BASE_URL, SMTP_URL, CORS_ORIGINS, …) are environment variables: docs/server.md.
    """
    try:
        from bootproof.server.serving import serve
        from bootproof.server.settings import Misconfigured
    except ModuleNotFoundError as missing:
        said = f"`{missing.name}` is not installed; the server is an extra: pip install 'bootproof[server]'"
        raise click.ClickException(said) from None
    from bootproof.rehearsal.database.errors import DatabaseError
    from bootproof.rehearsal.database.kept import kept_postgres

    given: dict[str, object] = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    try:
        if os.environ.get("DATABASE_URL"):
            return serve(given)
        folder = data or Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "bootproof"
        with kept_postgres(folder, lambda line: click.echo(line, err=True)) as url:
            return serve({**given, "database_url": url})
    except Misconfigured as problem:
        for line in str(problem).splitlines():
            click.echo(f"error: {line}", err=True)
        return exits.USAGE
    except DatabaseError as problem:
        raise click.ClickException(str(problem)) from None
