"""Whose are these accounts?"""

from collections.abc import Collection

from queries.answer import Connection


async def account_owners(connection: Connection, accounts: Collection[str]) -> dict[str, str]:
    """The participant of each of the accounts that the read model has."""
    cursor = await connection.execute(
        "SELECT account_id, participant_id FROM accounts WHERE account_id = ANY(%s)",
        (list(accounts),),
    )
    return dict(await cursor.fetchall())
