"""Signing in: captcha, password by SMS, session, a password of one's own."""

from __future__ import annotations

from html import escape
from typing import Annotated, Final

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from firmware_sim.http_api.json_body import JsonRoute
from firmware_sim.http_api.problems import ProblemError, responses
from firmware_sim.operator.api.models import Body
from firmware_sim.operator.api.signed_in import OperatorAsked, SignedIn
from firmware_sim.operator.records import Role
from firmware_sim.operator.rules import passwords, sessions

router = APIRouter(tags=["signing in"], responses=responses(422), route_class=JsonRoute)

Login = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        description="ten digits of a number, twelve of a home account, a company's contract, a vendor's user",
        examples=["9160000001"],
    ),
]


class Picture(BaseModel):
    """A captcha."""

    id: str
    svg: str = Field(description="the picture; its symbols are good for one try and five minutes")


class PasswordOrder(Body):
    """A password by SMS."""

    number: Annotated[str, Field(max_length=20, description="ten digits", examples=["9160000001"])]
    captcha: Annotated[str, Field(max_length=40, description="the picture's id")]
    symbols: Annotated[str, Field(max_length=20)]
    recovery: Annotated[bool, Field(description="one that is good for 15 minutes")] = False


class Recovery(Body):
    """A password that is good for 15 minutes, by e-mail."""

    login: Login
    contract: Annotated[str, Field(max_length=40, description="the contract's number", examples=["K-1"])]
    e_mail: Annotated[str, Field(max_length=254, description="as it stands in the contract")]
    captcha: Annotated[str, Field(max_length=40, description="the picture's id")]
    symbols: Annotated[str, Field(max_length=20)]


class Credentials(Body):
    """A login and its password."""

    login: Login
    password: Annotated[str, Field(max_length=64)]


class NewSession(BaseModel):
    """A session; say its token as Authorization: Bearer."""

    token: str
    role: Role


class OwnPassword(Body):
    """A password of one's own."""

    password: Annotated[str, Field(max_length=64)]


WRONG_SYMBOLS: Final = "the symbols are wrong or too old: draw another picture"
OPEN: Final[dict[str, object]] = {"security": []}
"""For those who have no session yet."""


@router.post("/captchas", status_code=201, openapi_extra=OPEN)
async def draw(operator: OperatorAsked) -> Picture:
    """Draw a picture to read symbols from (S1.5)."""
    drawn = operator.do(passwords.draw_captcha)
    return Picture(id=drawn.id_text, svg=_svg(drawn.symbols))


@router.post("/passwords", status_code=202, responses=responses(403), openapi_extra=OPEN)
async def order(operator: OperatorAsked, wanted: PasswordOrder) -> None:
    """Have a password sent by SMS (S1.2, S4.11, S4.25). Whether the number is anybody's is not told."""
    ordered = passwords.recover if wanted.recovery else passwords.order_by_sms
    if not operator.do(ordered, wanted.number, wanted.captcha, wanted.symbols):
        raise ProblemError(403, "wrong_symbols", WRONG_SYMBOLS)


@router.post("/passwords/by-e-mail", status_code=202, responses=responses(403), openapi_extra=OPEN)
async def recover(operator: OperatorAsked, lost: Recovery) -> None:
    """Have a recovery password sent by e-mail (S4.25). Whether contract and e-mail agree is not told."""
    if not operator.do(passwords.recover_by_e_mail, **lost.model_dump()):
        raise ProblemError(403, "wrong_symbols", WRONG_SYMBOLS)


@router.put("/password", status_code=204, responses=responses(401, 403, 409))
async def choose(operator: OperatorAsked, caller: SignedIn, own: OwnPassword, request: Request) -> None:
    """Take a password of one's own (S1.13, S3.2). All other sessions end."""
    operator.do(passwords.choose, caller, own.password, token=_token(request))


@router.post("/sessions", status_code=201, responses=responses(401, 409), openapi_extra=OPEN)
async def sign_in(operator: OperatorAsked, said: Credentials) -> NewSession:
    """Sign in."""
    caller = operator.do(passwords.sign_in, said.login, said.password)
    if caller is None:
        raise ProblemError(401, "wrong_password", "the login or the password is wrong")
    return NewSession(token=operator.do(sessions.begin, caller), role=caller.role)


@router.delete("/session", status_code=204, responses=responses(401))
async def sign_out(operator: OperatorAsked, caller: SignedIn, request: Request) -> None:
    """Leave (S1.14)."""
    operator.do(sessions.end, caller, _token(request))


def _token(request: Request) -> str:
    return request.headers["authorization"].partition(" ")[2]


def _svg(symbols: str) -> str:
    """Symbols that lean and overlap, behind lines."""
    letters = "".join(
        f'<text x="{18 + 26 * place}" y="{34 + (ord(each) % 9) - 4}" '
        f'rotate="{(ord(each) * 7 + place * 13) % 40 - 20}">{escape(each)}</text>'
        for place, each in enumerate(symbols)
    )
    lines = "".join(
        f'<path d="M0 {8 + ord(each) % 40} L160 {10 + ord(each) * 3 % 40}" stroke="#888"/>'
        for each in symbols
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 50" font-family="monospace" '
        f'font-size="30" font-weight="bold">{lines}{letters}</svg>'
    )
