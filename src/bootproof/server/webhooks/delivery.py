"""One delivery: sent, and how it went noted. A webhook that nobody answers for is switched off."""

import structlog
from sqlalchemy import exists, update
from sqlalchemy.ext.asyncio import async_sessionmaker
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.security.secrets import opened
from bootproof.server.settings import Settings
from bootproof.server.tables import now
from bootproof.server.webhooks.models import Delivery, Webhook
from bootproof.server.webhooks.sending import Answer, send

SEAL = "webhook"
GONE = 410  # "do not send any more", as Standard Webhooks has it

log = structlog.get_logger("bootproof.server")


class Untaken(Exception):
    """The receiver did not take it: to be tried again. `attempts` are those that it was asked in so far."""

    def __init__(self, attempts: int) -> None:
        super().__init__(f"not taken in {attempts} attempts")
        self.attempts = attempts


async def deliver(sessions: async_sessionmaker[AsyncSession], settings: Settings, delivery_id: int) -> None:
    """Sends a delivery. Raises `Untaken` where it should be tried again. Only attempts that reached for the receiver count.

    It may come twice where a server dies in the midst of it: receivers know it again by its `webhook-id`.
    """
    async with sessions() as session:
        query = select(Delivery, Webhook).join(Webhook, col(Webhook.id) == col(Delivery.webhook_id))
        found = (await session.exec(query.where(Delivery.id == delivery_id))).first()
    # no connection to the database is held while the receiver takes its time
    if found is None or found[0].delivered_at is not None or found[1].disabled_at is not None:
        return
    delivery, webhook = found
    attempts = delivery.attempts + 1
    last = attempts > len(settings.webhook_pauses)
    secret = opened(settings.secret_key.get_secret_value(), SEAL, webhook.secret)
    if secret is None:
        answer, last = Answer(None, "its secret was sealed with another SECRET_KEY; make the webhook anew"), True
    else:
        answer = await send(webhook.url, secret, message_id(delivery_id), delivery.payload, settings.private_webhooks)
    over = last or answer.status == GONE
    async with sessions() as session:
        moment = now()
        await session.exec(
            update(Delivery)
            .where(col(Delivery.id) == delivery_id, col(Delivery.delivered_at).is_(None))
            .values(
                attempts=col(Delivery.attempts) + 1,
                status=answer.status,
                note=answer.note,
                delivered_at=moment if answer.taken else None,
            )
        )
        if over and not answer.taken:
            taken_since = exists().where(
                col(Delivery.webhook_id) == col(Webhook.id), col(Delivery.delivered_at) > delivery.created_at
            )
            off = update(Webhook).where(col(Webhook.id) == webhook.id).values(disabled_at=moment)
            await session.exec(off if answer.status == GONE else off.where(~taken_since))
        await session.commit()
    if not answer.taken:
        log.warning("a webhook was not taken", delivery=delivery_id, reason=answer.note, given_up=over)
        if not over:
            raise Untaken(attempts)


def message_id(delivery_id: int) -> str:
    """By what a receiver knows a message again."""
    return f"msg_{delivery_id}"
