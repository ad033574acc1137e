"""A log as server-sent events (WHATWG HTML, 9.2): one event an entry, its number the event's id."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Final

from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from firmware_sim.http_api.numbered_log import N, NumberedLog

STREAMED: Final[dict[int | str, dict[str, object]]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}
}
"""For OpenAPI."""


def event_stream(
    log: NumberedLog[N], since: int | None, shown: Callable[[N], BaseModel]
) -> StreamingResponse:
    """Entries as they come, from now on or from behind a number; ends when the client goes."""
    start = log.last_number if since is None else since

    async def stream() -> AsyncIterator[str]:
        yield ": simulator\n\n"
        async for entry in log.follow(start):
            yield f"id: {entry.number}\ndata: {shown(entry).model_dump_json()}\n\n"

    return StreamingResponse(stream(), media_type="text/event-stream")
