"""Where guests are found."""


def find_guest_by_email(email: str) -> dict[str, str]:
    return {"email": email}
