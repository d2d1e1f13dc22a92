"""The webhooks of a project: made, listed, tried, switched on again, deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.database import execute
from bootproof.server.names import Refused
from bootproof.server.organisations.access import Member
from bootproof.server.organisations.acts import note
from bootproof.server.organisations.models import Role
from bootproof.server.projects.models import Project
from bootproof.server.security.secrets import sealed
from bootproof.server.settings import Settings
from bootproof.server.tables import now
from bootproof.server.webhooks.addresses import checked
from bootproof.server.webhooks.delivery import SEAL
from bootproof.server.webhooks.events import announce_ping
from bootproof.server.webhooks.models import Delivery, Webhook
from bootproof.server.webhooks.signing import new_secret

MOST = 10  # of one project
LISTED = 50
KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Made:
    """A webhook that was just made. `secret` is shown this once."""

    webhook: Webhook
    secret: str


async def create(
    session: AsyncSession, member: Member, project: Project, url: str, settings: Settings, address: str = ""
) -> Made:
    """A new webhook. Commits. Raises 403 below the role admin, `Refused` for a URL that no webhook may have."""
    member.need(Role.ADMIN)
    url = checked(url, settings.private_webhooks)
    if len(await list_of(session, project)) >= MOST:
        raise Refused(f"A project has at most {MOST} webhooks; delete one first.")
    assert project.id is not None
    secret = new_secret()
    key = settings.secret_key.get_secret_value()
    webhook = Webhook(project_id=project.id, url=url, secret=sealed(key, SEAL, secret))
    session.add(webhook)
    note(session, member.id, member.user_id, "webhook-made", f"{project.slug}: {shown(url)}", address)
    await session.commit()
    return Made(webhook, secret)


async def list_of(session: AsyncSession, project: Project) -> list[Webhook]:
    """The webhooks of a project, the oldest first."""
    query = select(Webhook).where(Webhook.project_id == project.id).order_by(col(Webhook.id))
    return list((await session.exec(query)).all())


async def deliveries(session: AsyncSession, project: Project) -> Sequence[tuple[Delivery, Webhook]]:
    """The last deliveries of a project's webhooks, the newest first."""
    query = select(Delivery, Webhook).join(Webhook, col(Webhook.id) == col(Delivery.webhook_id))
    query = query.where(Webhook.project_id == project.id).order_by(col(Delivery.id).desc()).limit(LISTED)
    return (await session.exec(query)).all()


async def ping(session: AsyncSession, member: Member, project: Project, webhook_id: int) -> bool:
    """Sends a webhook a message to try it; switches on one that was off. False where there is none. Commits."""
    member.need(Role.ADMIN)
    webhook = await _one(session, project, webhook_id)
    if webhook is None:
        return False
    webhook.disabled_at = None
    session.add(webhook)
    await session.flush()
    await announce_ping(session, project, member.organisation.slug, webhook_id)
    await session.commit()
    return True


async def remove(session: AsyncSession, member: Member, project: Project, webhook_id: int, address: str = "") -> bool:
    """Deletes a webhook with its deliveries; False where the project has none of that number. Commits."""
    member.need(Role.ADMIN)
    webhook = await _one(session, project, webhook_id)
    if webhook is None:
        return False
    note(session, member.id, member.user_id, "webhook-deleted", f"{project.slug}: {shown(webhook.url)}", address)
    await session.delete(webhook)
    await session.commit()
    return True


async def forget_old(session: AsyncSession) -> None:
    """Forgets deliveries of long ago. Does not commit."""
    await execute(session, delete(Delivery).where(col(Delivery.created_at) < now() - KEPT_FOR))


def shown(url: str) -> str:
    """A URL as others may see it: what is behind the host is often a secret."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host}/…" if slash and path else f"{scheme}://{host}"


async def _one(session: AsyncSession, project: Project, webhook_id: int) -> Webhook | None:
    return (await session.exec(select(Webhook).where(Webhook.project_id == project.id, Webhook.id == webhook_id))).first()
