"""Where an audit is shown: the one place that knows the address."""

from urllib.parse import quote


def project_path(team: str, project: str) -> str:
    """The path of a project's page."""
    return f"/teams/{quote(team, safe='')}/projects/{quote(project, safe='')}"


def audit_path(team: str, project: str, audit_id: int) -> str:
    """The path of the page of one audit."""
    return f"{project_path(team, project)}/audits/{audit_id}"
