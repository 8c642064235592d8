"""What Keycloak needs in the realm file and would not complain about."""

import json
from typing import Any

import pytest

from adapters.identity.realm import REALM_FILE


@pytest.fixture(scope="module")
def realm() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(REALM_FILE.read_text())
    return content


def test_every_client_puts_audience_and_participants_into_access_tokens(
    realm: dict[str, Any],
) -> None:
    for client in realm["clients"]:
        mappers = {m["protocolMapper"]: m["config"] for m in client["protocolMappers"]}
        audience = mappers["oidc-audience-mapper"]
        assert audience["included.custom.audience"] == "clearing-api"
        participants = mappers["oidc-usermodel-attribute-mapper"]
        assert participants["claim.name"] == participants["user.attribute"] == "participants"
        assert participants["multivalued"] == participants["access.token.claim"] == "true"


def test_only_administrators_change_participants(realm: dict[str, Any]) -> None:
    """Undeclared, the attribute would be dropped in silence or be the user's own to change."""
    (component,) = realm["components"]["org.keycloak.userprofile.UserProfileProvider"]
    profile = json.loads(component["config"]["kc.user.profile.config"][0])
    declared = {attribute["name"]: attribute for attribute in profile["attributes"]}
    assert declared["participants"]["permissions"] == {"view": ["admin"], "edit": ["admin"]}
    assert "unmanagedAttributePolicy" not in profile


def test_every_person_has_what_a_login_needs(realm: dict[str, Any]) -> None:
    people = [user for user in realm["users"] if "serviceAccountClientId" not in user]
    for person in people:
        assert person["email"]
        assert person["firstName"]
        assert person["lastName"]


def test_the_portal_is_public_and_proves_itself_by_pkce(realm: dict[str, Any]) -> None:
    (portal,) = [c for c in realm["clients"] if c["clientId"] == "clearing-portal"]
    assert portal["publicClient"]
    assert not portal["directAccessGrantsEnabled"]
    assert portal["attributes"]["pkce.code.challenge.method"] == "S256"
