"""An interpreter with a project's own dependencies: provisioned by uv, cached by content."""

from bootproof.environment.added import added
from bootproof.environment.distributions import distributions_of
from bootproof.environment.layer import Layer
from bootproof.environment.offers import offers
from bootproof.environment.provision import provision

__all__ = ["Layer", "added", "distributions_of", "offers", "provision"]
