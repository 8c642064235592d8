"""Who calls: access tokens, verified locally, and the development issuer that makes them."""

from adapters.identity.caller import Caller, Role
from adapters.identity.errors import IdentityUnavailable, TokenRejected
from adapters.identity.tokens import TokenVerifier

__all__ = ["Caller", "IdentityUnavailable", "Role", "TokenRejected", "TokenVerifier"]
