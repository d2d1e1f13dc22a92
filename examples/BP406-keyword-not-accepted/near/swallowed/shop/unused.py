from shop.main import app
from fastapi.middleware.cors import CORSMiddleware

app.add_middleware(CORSMiddleware, allowed_origins=["*"])
