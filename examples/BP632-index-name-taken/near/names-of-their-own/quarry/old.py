"""As it was: nothing imports it."""

from sqlalchemy import Column, Index, Integer, MetaData, String, Table

carts = Table("old_carts", MetaData(), Column("id", Integer), Column("code", String), Index("ix_blocks_code", "code"))
