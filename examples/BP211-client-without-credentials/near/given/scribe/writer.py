"""Writes short texts with a language model."""

import os

from groq import AsyncGroq

client = AsyncGroq(api_key=os.environ.get("SCRIBE_KEY", "none yet"))


def model() -> str:
    return "small"
