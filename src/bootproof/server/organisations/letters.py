"""Mails about teams."""

from bootproof.server.mail.message import Mail


def invitation(to: str, team: str, by: str, link: str, days: int) -> Mail:
    """The mail with an invitation's link."""
    return Mail(
        to,
        f"{by} invites you to {team}",
        f"{by} invites you to the team {team} on bootproof.\n\n"
        f"To join it, open this page within {days} days and sign in as {to}:\n\n{link}\n\n"
        "If you do not know what this is about, do nothing.\n",
    )
