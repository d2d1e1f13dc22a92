TABLES = """
CREATE TABLE IF NOT EXISTS days (
    id SERIAL PRIMARY KEY,
    saint VARCHAR(80),
    dawn VARCHAR(5)
)
"""
