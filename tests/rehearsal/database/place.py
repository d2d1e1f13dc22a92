"""What the tests of the proxy share: names, a password, and where a test's clients connect to."""

from dataclasses import dataclass

from bootproof.rehearsal.database.handshake import Behaviour
from bootproof.rehearsal.database.postgres import Postgres
from bootproof.rehearsal.database.proxy import Proxy, Seen

HOST = "ep-quiet-1.eu-1.database.example"
UNDERSCORED = "shop_db"
PASSWORD = "pä55 w@rd/'"


@dataclass(frozen=True)
class Place:
    """Where a test's clients connect to, as a trial's would."""

    proxy: Proxy
    server: Postgres
    address: str
    port: int
    database: str

    @property
    def libpq(self) -> dict[str, object]:
        """Arguments of both psycopgs: the host of production, led here by its address alone."""
        return {
            "host": HOST,
            "hostaddr": self.address,
            "port": self.port,
            "user": "shop_owner",
            "password": PASSWORD,
            "dbname": "shop",
        }

    @property
    def seen(self) -> tuple[Seen, ...]:
        return self.proxy.seen(self.address)

    def behave(self, behaviour: Behaviour) -> None:
        self.proxy.behave(self.address, behaviour)
