"""The token buckets of the rate limits."""

from datetime import datetime

from sqlalchemy import Float
from sqlmodel import Field, SQLModel

from bootproof.server.tables import moment


class Bucket(SQLModel, table=True):
    """One bucket: how many tokens were left at a moment. The table is not logged: a crash fills the buckets."""

    __tablename__ = "buckets"
    __table_args__ = {"prefixes": ["UNLOGGED"]}

    key: str = Field(max_length=200, primary_key=True)
    tokens: float = Field(sa_type=Float)
    at: datetime = moment()
