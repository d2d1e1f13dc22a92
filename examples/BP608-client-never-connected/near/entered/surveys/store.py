from databases import Database

store = Database("postgresql://surveys@db.example.com/surveys")
