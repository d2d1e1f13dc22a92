from fastapi import FastAPI


async def lifespan():
    print("never yields, and is never used")


app = FastAPI(lifespan=lifespan())
