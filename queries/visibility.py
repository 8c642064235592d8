"""Which accounts a question is about: those asked for, among those that may be seen."""

from typing import Any, LiteralString

from queries.answer import Participants


def accounts_in_question(
    participants: Participants, account_id: str | None
) -> tuple[LiteralString, dict[str, Any]] | None:
    """A SELECT of account ids with its parameters; None when there is no restriction."""
    if participants is None:
        if account_id is None:
            return None
        return 'SELECT %(account_id)s::text COLLATE "C" AS account_id', {"account_id": account_id}
    own: LiteralString = (
        "SELECT account_id FROM accounts WHERE participant_id = ANY(%(participants)s)"
    )
    parameters: dict[str, Any] = {"participants": sorted(participants)}
    if account_id is None:
        return own, parameters
    return f"{own} AND account_id = %(account_id)s", {**parameters, "account_id": account_id}


def newest_of_accounts(
    accounts: LiteralString,
    select: LiteralString,
    account_columns: tuple[LiteralString, LiteralString],
    position_column: LiteralString,
) -> LiteralString:
    """The newest rows in which one of the accounts is on one side or the other.

    `select` is `SELECT position, … FROM … WHERE …` without order. Each account and side is one
    look-up of at most `limit` rows in the index on (account, position), however long the history.
    """
    one, other = account_columns
    tail: LiteralString = f"ORDER BY {position_column} DESC LIMIT %(limit)s"
    return f"""
        SELECT DISTINCT found.*
        FROM ({accounts}) own CROSS JOIN LATERAL (
            ({select} AND {one} = own.account_id {tail})
            UNION ALL
            ({select} AND {other} = own.account_id {tail})
        ) found(position)
        ORDER BY found.position DESC LIMIT %(limit)s"""
