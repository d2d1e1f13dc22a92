"""Teams: members, roles, invitations, the log of administrative acts."""
