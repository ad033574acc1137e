"""An `OperatorAccount` over HTTP: the interface of the emulated operator (`/api/v1`, see its OpenAPI document).

It is also the pattern for a real operator's interface (docs/operator-accounts.md): sign in, translate, and turn each
way of failing into one of the three errors. Needs the extra `operator` (httpx).
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Annotated, Final, Literal, Self, TypeVar

import httpx
from pydantic import BaseModel, BeforeValidator, Field, TypeAdapter, ValidationError

from provisioning.explanation import Language, Text
from provisioning.operator_account import (
    AccountCard,
    AccountService,
    CardState,
    Money,
    OperatorAccountError,
    OperatorRefusedError,
    OperatorUnreachableError,
    PartialAccount,
)
from provisioning.records import Iccid, Msisdn, parse_iccid, parse_msisdn

T = TypeVar("T")

TIMEOUT_S: Final = 20.0
PAGE: Final = 1000
"""Cards asked for at a time."""


class _Card(BaseModel):
    iccid: Annotated[Iccid, BeforeValidator(parse_iccid)]
    msisdn: Annotated[Msisdn, BeforeValidator(parse_msisdn)]
    state: CardState
    name: str
    tariff: str
    balance_kopecks: int
    quota_bytes: int | None
    used_bytes: int

    def told(self) -> AccountCard:
        return AccountCard(
            iccid=self.iccid,
            msisdn=self.msisdn,
            state=self.state,
            name=self.name,
            tariff=self.tariff,
            balance_kopecks=self.balance_kopecks,
            remaining_bytes=0 if self.quota_bytes is None else max(0, self.quota_bytes - self.used_bytes),
        )


class _Service(BaseModel):
    code: str
    name_ru: str
    name_en: str
    monthly_kopecks: int
    on: bool


class _Account(BaseModel):
    balance_kopecks: int


class _Session(BaseModel):
    token: Annotated[str, Field(min_length=1)]


class _Problem(BaseModel):
    detail: str


_CARDS: Final = TypeAdapter(list[_Card])
_SERVICES: Final = TypeAdapter(list[_Service])
_ACCOUNTS: Final = TypeAdapter(list[_Account])


class HttpOperatorAccount(PartialAccount):
    """A contract at an operator who speaks this interface.

    Use as `async with HttpOperatorAccount(url, login=…, password=…) as account:`; it signs in and out.

    Args:
        url: of the operator, without `/api/v1`.
        login: a company's contract, or ten digits of a number.
        lang: of the operator's reasons and names.
    """

    name = "the operator's HTTP interface"

    def __init__(self, url: str, *, login: str, password: str, lang: Language = "ru") -> None:
        self._lang: Language = lang
        self._credentials = {"login": login, "password": password}
        self._client = httpx.AsyncClient(
            base_url=f"{url.rstrip('/')}/api/v1", headers={"Accept-Language": lang}, timeout=TIMEOUT_S
        )

    async def __aenter__(self) -> Self:
        """Sign in. Raises OperatorAccountError."""
        try:
            answer = await self._ask("POST", "/sessions", json=self._credentials)
            token = _read(TypeAdapter(_Session), answer).token
        except BaseException:
            await self._client.aclose()
            raise
        self._client.headers["Authorization"] = f"Bearer {token}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._ask("DELETE", "/session")
        except OperatorAccountError:
            pass  # the session ends by itself in some hours
        finally:
            await self._client.aclose()

    async def balance(self) -> Money:
        accounts = _read(_ACCOUNTS, await self._ask("GET", "/accounts"))
        return Money(sum(each.balance_kopecks for each in accounts))

    async def cards(self, pattern: str = "%") -> Sequence[AccountCard]:
        found: list[AccountCard] = []
        while True:
            query = {"number": pattern, "limit": str(PAGE), "offset": str(len(found))}
            page = _read(_CARDS, await self._ask("GET", "/subscribers", query=query))
            found.extend(each.told() for each in page)
            if len(page) < PAGE:
                return found

    async def card(self, iccid: Iccid) -> AccountCard:
        found = _read(_CARDS, await self._ask("GET", "/subscribers", query={"iccid": iccid}))
        if not found:
            raise OperatorRefusedError(
                Text(
                    f"SIM-карты {iccid} в этом договоре нет.",
                    f"There is no SIM card {iccid} in this contract.",
                )
            )
        return found[0].told()

    async def services(self, iccid: Iccid) -> Sequence[AccountService]:
        listed = _read(_SERVICES, await self._ask("GET", f"{await self._path(iccid)}/services"))
        return [
            AccountService(
                each.code, each.name_ru if self._lang == "ru" else each.name_en, each.on, each.monthly_kopecks
            )
            for each in listed
        ]

    async def turn_on(self, iccid: Iccid, service: str) -> None:
        await self._ask("PUT", f"{await self._path(iccid)}/services/{service}")

    async def turn_off(self, iccid: Iccid, service: str) -> None:
        await self._ask("DELETE", f"{await self._path(iccid)}/services/{service}")

    async def pause(self, iccid: Iccid) -> None:
        await self.turn_on(iccid, "pause")

    async def resume(self, iccid: Iccid) -> None:
        await self.turn_off(iccid, "pause")

    async def block(self, iccid: Iccid) -> None:
        await self._ask("PUT", f"{await self._path(iccid)}/loss")

    async def unblock(self, iccid: Iccid) -> None:
        await self._ask("DELETE", f"{await self._path(iccid)}/loss")

    async def change_tariff(self, iccid: Iccid, tariff: str) -> None:
        await self._ask("PUT", f"{await self._path(iccid)}/tariff", json={"tariff": tariff})

    async def rename(self, iccid: Iccid, name: str) -> None:
        card = await self.card(iccid)
        await self._ask("POST", "/names", json={"names": {f"+{card.msisdn}": name}})

    async def _path(self, iccid: Iccid) -> str:
        """Of a card's number, which the interface asks for."""
        return f"/subscribers/+{(await self.card(iccid)).msisdn}"

    async def _ask(
        self,
        method: Literal["GET", "PUT", "POST", "DELETE"],
        path: str,
        *,
        query: dict[str, str] | None = None,
        json: object = None,
    ) -> httpx.Response:
        try:
            answer = await self._client.request(method, path, params=query, json=json)
        except httpx.HTTPError as error:
            raise OperatorUnreachableError(
                Text(f"Оператор не отвечает: {error}.", f"The operator does not answer: {error}.")
            ) from error
        if answer.status_code >= 500:
            raise OperatorUnreachableError(
                Text(
                    f"У оператора неисправность ({answer.status_code}).",
                    f"The operator is out of order ({answer.status_code}).",
                )
            )
        if answer.is_error:
            raise OperatorRefusedError(_reason(answer))
        return answer


def _reason(answer: httpx.Response) -> Text:
    """The operator's own words, which come in the language asked for."""
    try:
        detail = _Problem.model_validate_json(answer.content).detail
    except ValidationError:
        detail = f"HTTP {answer.status_code}"
    return Text(detail, detail)


def _read(shape: TypeAdapter[T], answer: httpx.Response) -> T:
    try:
        return shape.validate_json(answer.content)
    except ValidationError as error:
        raise OperatorUnreachableError(
            Text(
                f"Ответ оператора не разобрать: {answer.request.url.path}.",
                f"The operator's answer cannot be read: {answer.request.url.path}.",
            )
        ) from error
