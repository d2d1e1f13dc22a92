"""The server's settings, from environment variables. Each is checked before anything starts."""

import json
from email.headerregistry import Address as EmailAddress
from ipaddress import ip_network
from typing import Annotated, Any, Literal, Self

from pydantic import Field, NonNegativeInt, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bootproof.server.database_url import Address, UnknownSpelling, address
from bootproof.server.mail.message import sender
from bootproof.server.mail.relay import Relay, relay

DEFAULT_SECRET = "only-for-development"  # what it signs is worth nothing: refused outside development
SHORTEST_SECRET = 32
LEAST_MEMORY, LEAST_ROUNDS = 19456, 2  # OWASP's Password Storage Cheat Sheet
DEFAULT_SENDER = "bootproof@localhost"


class Misconfigured(Exception):
    """Settings with which the server does not start: one line for each variable, secrets left out."""


class Settings(BaseSettings):
    """What the environment says. Field `port` is read from `PORT`, and so on."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    environment: Literal["development", "test", "production"] = "development"
    database_url: SecretStr = Field(min_length=1)
    secret_key: SecretStr = SecretStr(DEFAULT_SECRET)
    host: str = "127.0.0.1"
    port: int = Field(8081, ge=0, le=65535)
    base_url: str = ""  # where people reach it; "" for the address it listens on
    cors_origins: Annotated[list[str], NoDecode] = ["http://localhost:3000"]
    trusted_proxies: Annotated[list[str], NoDecode] = []  # addresses or networks whose X-Forwarded-For is believed
    smtp_url: SecretStr = SecretStr("")  # smtp://user:password@host:587, smtps://…; "": the log of development shows mail
    mail_from: str = DEFAULT_SENDER
    metrics_port: int = Field(0, ge=0, le=65535)  # 0: no metrics are served
    registration: Literal["open", "invited"] = "open"  # invited: who signs up has an invitation; make the first account before
    password_memory: int = Field(65536, ge=32)  # KiB of one argon2id hash
    password_rounds: int = Field(3, ge=1)
    pool_size: int = Field(10, ge=1, le=500)  # connections to PostgreSQL of this process
    pool_timeout: float = Field(10, gt=0)  # seconds that a request waits for one
    drain_seconds: float = Field(0, ge=0, le=600)  # unready before the shutdown begins
    private_webhooks: bool = False  # whether webhooks may go to private addresses, and by http://
    # Seconds before the next attempt at a webhook, about as Standard Webhooks has it: a receiver may be away for a day.
    webhook_pauses: Annotated[list[NonNegativeInt], NoDecode] = [5, 30, 300, 1800, 7200, 18000, 36000, 36000]

    @field_validator("cors_origins", "trusted_proxies", "webhook_pauses", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        """A list as JSON, or with commas."""
        if not isinstance(value, str):
            return value
        if value.lstrip().startswith("["):
            try:
                return json.loads(value)
            except ValueError as error:
                raise ValueError("looks like JSON and is none; write a JSON list, or values with commas between") from error
        return [each.strip() for each in value.split(",") if each.strip()]

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: list[str]) -> list[str]:
        for each in value:
            try:
                ip_network(each, strict=False)
            except ValueError:
                raise ValueError(f"`{each}` is no address and no network; write 10.0.0.5, or 10.0.0.0/24") from None
        return value

    @field_validator("database_url")
    @classmethod
    def _known(cls, value: SecretStr) -> SecretStr:
        try:
            address(value.get_secret_value())
        except UnknownSpelling as error:
            raise ValueError(str(error)) from None
        return value

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            relay(value.get_secret_value())
        return value

    @field_validator("mail_from")
    @classmethod
    def _from_somebody(cls, value: str) -> str:
        sender(value)
        return value

    @model_validator(mode="after")
    def _no_defaults_outside_development(self) -> Self:
        if self.environment != "production":
            return self
        secret = self.secret_key.get_secret_value()
        if secret == DEFAULT_SECRET or len(secret) < SHORTEST_SECRET:
            raise ValueError(f"SECRET_KEY: set at least {SHORTEST_SECRET} random characters outside development")
        if not self.base_url.startswith("https://"):
            raise ValueError("BASE_URL: set the https:// address at which people reach this server")
        if self.password_memory < LEAST_MEMORY or self.password_rounds < LEAST_ROUNDS:
            raise ValueError(f"PASSWORD_MEMORY, PASSWORD_ROUNDS: at least {LEAST_MEMORY} and {LEAST_ROUNDS} outside development")
        if self.smtp_url.get_secret_value() and self.mail_from == DEFAULT_SENDER:
            raise ValueError("MAIL_FROM: set the address that mail is sent from")
        return self

    @property
    def database(self) -> Address:
        """Where PostgreSQL is, as the driver takes it."""
        return address(self.database_url.get_secret_value())

    @property
    def relay(self) -> Relay | None:
        """The server that mail is handed to, None where there is none."""
        text = self.smtp_url.get_secret_value()
        return relay(text) if text else None

    @property
    def sender(self) -> EmailAddress:
        """Whom mail is from."""
        return sender(self.mail_from)

    @property
    def origin(self) -> str:
        """The server's own origin, without a slash at its end."""
        return (self.base_url or self.listens_at).rstrip("/")

    @property
    def listens_at(self) -> str:
        """The address of its own port, which may be behind a proxy's."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def secure(self) -> bool:
        """Whether browsers reach it by HTTPS."""
        return self.origin.startswith("https://")


def read_settings(**given: object) -> Settings:
    """The settings of the environment, `given` ones before them.

    Raises `Misconfigured`, with the variable's name and what is wrong with it, never with its value.
    """
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        raise Misconfigured("\n".join(_line(each) for each in error.errors(include_input=False, include_url=False))) from None


def _line(each: Any) -> str:
    said = str(each["msg"]).removeprefix("Value error, ")
    name = "_".join(str(part) for part in each["loc"]).upper()
    if each["type"] == "missing":
        said = "is not set"
    return f"{name}: {said}" if name else said
