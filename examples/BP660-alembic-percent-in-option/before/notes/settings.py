from urllib.parse import quote

PASSWORD = quote("made@up%word")
URL = f"postgresql+asyncpg://notes:{PASSWORD}@db.example.com/notes"
