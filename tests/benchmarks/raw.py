"""A bare ASGI application that sends the bytes of a file, or a 304: what the server and the load generator alone can do."""

import json
import os
from pathlib import Path
from typing import Any

_BODY = Path(os.environ["PARLEY_BENCH_BODY"]).read_bytes()
_STATUS = int(os.environ.get("PARLEY_BENCH_STATUS", "200"))
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(_BODY)).encode())] if _BODY else []
_HEADERS += [
    (name.encode(), value.encode()) for name, value in json.loads(os.environ.get("PARLEY_BENCH_HEADERS", "{}")).items()
]


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": _STATUS, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})
