"""The realm file, read as Keycloak imports it, as far as the development issuer needs it."""

import hmac
from pathlib import Path

import msgspec

REALM_FILE = Path(__file__).resolve().parents[2] / "deploy" / "keycloak" / "clearing-realm.json"


class Credential(msgspec.Struct, frozen=True):
    """A password of a development user."""

    type: str
    value: str


class User(msgspec.Struct, frozen=True, rename="camel"):
    """A user, or the service account of a client."""

    id: str
    username: str
    enabled: bool = True
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    service_account_client_id: str = ""
    realm_roles: list[str] = []
    credentials: list[Credential] = []
    attributes: dict[str, list[str]] = {}

    @property
    def participants(self) -> list[str]:
        """The participants whose accounts are the user's own."""
        return self.attributes.get("participants", [])

    def has_password(self, password: str) -> bool:
        """Whether this is the user's password."""
        return any(
            given.type == "password" and _same(given.value, password) for given in self.credentials
        )


class Client(msgspec.Struct, frozen=True, rename="camel"):
    """A program that may ask for tokens."""

    client_id: str
    enabled: bool = True
    secret: str = ""
    public_client: bool = False
    direct_access_grants_enabled: bool = False
    service_accounts_enabled: bool = False

    def has_secret(self, secret: str) -> bool:
        """Whether this is the client's secret; a public client has none."""
        return self.public_client or (bool(self.secret) and _same(self.secret, secret))


class Realm(msgspec.Struct, frozen=True, rename="camel"):
    """A realm: who may ask for tokens, and for whom."""

    realm: str
    access_token_lifespan: int
    sso_session_max_lifespan: int
    clients: list[Client]
    users: list[User]

    def find_client(self, client_id: str) -> Client | None:
        """The enabled client of this id."""
        found = (known for known in self.clients if known.client_id == client_id)
        return next((client for client in found if client.enabled), None)

    def find_user(self, username: str) -> User | None:
        """The enabled user of this name, who is a person: a service account cannot log in."""
        found = (user for user in self.users if user.username == username.lower())
        return next((u for u in found if u.enabled and not u.service_account_client_id), None)

    def find_user_by_id(self, user_id: str) -> User | None:
        """The enabled user of this id."""
        return next((user for user in self.users if user.id == user_id and user.enabled), None)

    def service_account(self, client: Client) -> User | None:
        """The user that a client acts as when it asks for itself."""
        found = (user for user in self.users if user.service_account_client_id == client.client_id)
        return next((user for user in found if user.enabled), None)


def load_realm(path: Path = REALM_FILE) -> Realm:
    """Read a realm file; what only Keycloak needs is passed over."""
    return msgspec.json.decode(path.read_bytes(), type=Realm)


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode(errors="surrogatepass"))
