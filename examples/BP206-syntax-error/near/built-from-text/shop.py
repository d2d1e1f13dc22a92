from fastapi import FastAPI

app = FastAPI()

try:
    compile("def total(prices) -> int", "draft", "exec")
except SyntaxError as problem:
    reason = problem.msg


@app.get("/health")
def health() -> dict[str, str]:
    return {"draft": reason}
