from dataclasses import dataclass, field


def build(scheme: str, user: str, host: str) -> str:
    return f"{scheme}://{user}@{host}"


@dataclass
class Settings:
    title: str = field(default="Port", metadata={"regex": "^P"})


settings = Settings()
database = build(scheme="postgresql", user="port", host="localhost")
