"""`sslmode` keeps its meaning: what verifies turns away a server that shows another's certificate, or one that nobody vouches for.

PostgreSQL is behind a front that speaks TLS as it does: `SSLRequest`, the answer `S`, then the handshake
(https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from bootproof.rehearsal.database.postgres import Postgres
from bootproof.rehearsal.database.tls import CertificateKind, Certificates
from bootproof.server.database import Database
from bootproof.server.settings import read_settings

SSL_REQUEST = bytes.fromhex("0000000804d2162f")


@contextlib.asynccontextmanager
async def fronted(postgres: Postgres, certificates: Certificates, kind: CertificateKind | None) -> AsyncIterator[tuple[int, list[bool]]]:
    """A port that leads to PostgreSQL with that certificate, without TLS for None; and for each connection whether it had TLS."""
    seen: list[bool] = []
    running: set[asyncio.Task[None]] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while read := await reader.read(65536):
                writer.write(read)
                await writer.drain()
        writer.close()

    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begun = await reader.readexactly(8)
        if begun == SSL_REQUEST:
            writer.write(b"S" if kind else b"N")
            await writer.drain()
            if kind:
                with contextlib.suppress(OSError):  # the client does not like what it is shown
                    await writer.start_tls(certificates.identity(kind).context)
            begun = b""
        seen.append(writer.get_extra_info("ssl_object") is not None)
        ours, theirs = await asyncio.open_unix_connection(f"{postgres.endpoint.host}/.s.PGSQL.{postgres.endpoint.port}")
        theirs.write(begun)
        for task in (asyncio.create_task(pump(reader, theirs)), asyncio.create_task(pump(ours, writer))):
            running.add(task)

    server = await asyncio.start_server(accepted, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], seen
    finally:
        server.close()
        for task in running:
            task.cancel()


async def connects(postgres: Postgres, folder: Path, query: str, kind: CertificateKind | None) -> str:
    """How a connection with that query came about: "TLS", "plain", or "refused"."""
    certificates = Certificates(["127.0.0.1"], folder)
    async with fronted(postgres, certificates, kind) as (port, seen):
        url = f"postgresql://bootproof:x@127.0.0.1:{port}/template1?{query.format(ca=certificates.ca_file)}"
        database = Database(read_settings(database_url=url, environment="test"))
        try:
            async with database.engine.connect() as connection:
                assert (await connection.execute(text("SELECT 1"))).scalar() == 1
        except OSError:
            return "refused"
        finally:
            await database.close()
        return "TLS" if seen[-1] else "plain"


@pytest.mark.parametrize(
    ("query", "kind", "expected"),
    [
        ("sslmode=verify-full&sslrootcert={ca}", "right", "TLS"),
        ("sslmode=verify-full&sslrootcert={ca}", "wrong-host", "refused"),
        ("sslmode=verify-full&sslrootcert={ca}", "self-signed", "refused"),
        ("sslmode=verify-full", "right", "refused"),  # whose authority this machine does not know
        ("sslmode=verify-ca&sslrootcert={ca}", "right", "TLS"),
        ("sslmode=verify-ca&sslrootcert={ca}", "wrong-host", "TLS"),
        ("sslmode=verify-ca&sslrootcert={ca}", "self-signed", "refused"),
        ("sslmode=require&sslrootcert={ca}", "self-signed", "refused"),  # as libpq has it: with a root it verifies
        ("sslmode=require", "self-signed", "TLS"),
        ("ssl=true", "self-signed", "TLS"),
        ("sslmode=require", None, "refused"),
        ("sslmode=verify-full&sslrootcert={ca}", None, "refused"),
        ("sslmode=prefer", "self-signed", "TLS"),
        ("sslmode=prefer", None, "plain"),
        ("sslmode=disable", "right", "plain"),
    ],
)
def test_a_mode_means_what_it_means_to_libpq(
    postgres: Postgres, tmp_path: Path, query: str, kind: CertificateKind | None, expected: str
) -> None:
    assert asyncio.run(connects(postgres, tmp_path, query, kind)) == expected
