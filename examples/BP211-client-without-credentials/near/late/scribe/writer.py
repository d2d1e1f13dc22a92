from functools import cache

from groq import AsyncGroq


@cache
def client() -> AsyncGroq:
    return AsyncGroq()  # wants GROQ_API_KEY


def model() -> str:
    return "small"
