import os

KEYS = os.getenv("KEYS_ADDRESS", "keys.example.com:6379/2")
