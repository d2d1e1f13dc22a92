import os

KEYS = os.getenv("KEYS_ADDRESS", "redis://keys.example.com:6379/2")
