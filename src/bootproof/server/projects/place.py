"""A project as everybody speaks of it who may."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A project by its number, its slug, its name and its team's slug: all that an address or a message needs."""

    id: int
    slug: str
    name: str
    team: str
