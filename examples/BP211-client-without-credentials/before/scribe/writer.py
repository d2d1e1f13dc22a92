"""Writes short texts with a language model."""

from groq import AsyncGroq

client = AsyncGroq()


def model() -> str:
    return "small"
