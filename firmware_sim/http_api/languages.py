"""Which language a client reads."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from provisioning.explanation import Language


def language_of(request: Request) -> Language:
    """Russian or English, whichever the client names first; Russian is for those who name neither."""
    for accepted in request.headers.get("accept-language", "").split(","):
        tag = accepted.split(";")[0].strip().lower()
        if tag.startswith("ru"):
            return "ru"
        if tag.startswith("en"):
            return "en"
    return "ru"


async def reader_of(request: Request) -> Language:
    """The same, as a parameter of a route."""
    return language_of(request)


Reader = Annotated[Language, Depends(reader_of)]
