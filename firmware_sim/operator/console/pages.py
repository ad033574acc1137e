"""The console's pages. A POST does something and leads back to a page, which tells how it went."""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from firmware_sim.http_api.languages import language_of
from firmware_sim.network import SubscriberState
from firmware_sim.operator.agenda import due_at
from firmware_sim.operator.audit import audit
from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import OPERATOR
from firmware_sim.operator.catalogue import PACKAGES, SERVICES, TARIFFS
from firmware_sim.operator.console import papers
from firmware_sim.operator.console.actions import ACTIONS, sensible
from firmware_sim.operator.console.happenings import in_language
from firmware_sim.operator.console.visits import COOKIE, Visit, Visits
from firmware_sim.operator.console.words import ACTIONS as ACTION_WORDS
from firmware_sim.operator.console.words import DETAILS, HOLDS, MONEY, STATES, word
from firmware_sim.operator.ledger import Kind, balance_kopecks
from firmware_sim.operator.operator import Operator
from firmware_sim.operator.records import Detail, DueKind, Entry, Happening, Subscriber
from firmware_sim.operator.register_entry import quota_bytes, state_of
from firmware_sim.operator.rules import billing, cards
from firmware_sim.operator.rules.search import search
from provisioning.explanation import Language

SHOWN: Final = 200
"""Cards on one page, lines of one table."""
FILTERS: Final = ("number", "name", "account", "state")
STYLE: Final = Path(__file__).parent / "style.css"


def add_console(app: FastAPI, operator: Operator, *, staff_token: str) -> None:
    """Put the console into the application, at `/`."""
    visits = Visits()
    pages = _Pages(operator)

    async def visitor(request: Request) -> Visit:
        visit = visits.get(request.cookies.get(COOKIE, ""))
        if visit is None or (request.method == "POST" and _foreign(request)):
            raise _NotSignedInError
        visit.lang = _wanted_language(request, visit.lang)
        return visit

    visiting = Depends(visitor)

    @app.exception_handler(_NotSignedInError)
    async def stranger(request: Request, error: _NotSignedInError) -> Response:
        return RedirectResponse("/sign-in", 303)

    @app.get("/style.css", include_in_schema=False)
    async def style() -> Response:
        return FileResponse(STYLE, media_type="text/css")

    @app.get("/sign-in", include_in_schema=False)
    async def sign_in_page(request: Request) -> Response:
        return pages.sign_in(_wanted_language(request))

    @app.post("/sign-in", include_in_schema=False)
    async def sign_in(request: Request) -> Response:
        lang = _wanted_language(request)
        said = _first(await _form(request), "token")
        if not secrets.compare_digest(said.encode(), staff_token.encode()):
            return pages.sign_in(lang, wrong=True)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(COOKIE, visits.begin(lang), httponly=True, samesite="strict")
        return answer

    @app.post("/sign-out", include_in_schema=False)
    async def sign_out(request: Request, _visit: Visit = visiting) -> Response:
        visits.end(request.cookies.get(COOKIE, ""))
        return RedirectResponse("/sign-in", 303)

    @app.get("/", include_in_schema=False)
    async def cards_page(request: Request, visit: Visit = visiting) -> Response:
        return pages.cards(visit, {name: request.query_params.get(name, "") for name in FILTERS})

    @app.post("/cards", include_in_schema=False)
    async def act(request: Request, visit: Visit = visiting) -> Response:
        form = await _form(request)
        pages.act(visit, _first(form, "do"), form.get("imsi", []))
        return RedirectResponse(_back(form), 303)

    @app.post("/sweep", include_in_schema=False)
    async def sweep(visit: Visit = visiting) -> Response:
        visit.tell("done", word("swept", visit.lang, count=len(operator.do(cards.sweep))))
        return RedirectResponse("/", 303)

    @app.get("/papers", include_in_schema=False)
    async def papers_page(visit: Visit = visiting) -> Response:
        return pages.papers(visit)

    @app.post("/papers/payments/{number}", include_in_schema=False)
    async def decide(request: Request, number: int, visit: Visit = visiting) -> Response:
        paid = _first(await _form(request), "paid") == "yes"
        visit.tell_outcome(papers.decide_payment(operator, number, paid=paid))
        return RedirectResponse("/papers", 303)

    @app.post("/papers/requests/{number}", include_in_schema=False)
    async def answer(request: Request, number: int, visit: Visit = visiting) -> Response:
        text = _first(await _form(request), "text")
        visit.tell_outcome(papers.answer(operator, number, text))
        return RedirectResponse("/papers", 303)

    @app.get("/cards/{imsi}", include_in_schema=False)
    async def card_page(imsi: str, visit: Visit = visiting) -> Response:
        return pages.card(visit, imsi)

    @app.post("/cards/{imsi}/top-up", include_in_schema=False)
    async def top_up(request: Request, imsi: str, visit: Visit = visiting) -> Response:
        pages.top_up(visit, imsi, _first(await _form(request), "roubles"))
        return RedirectResponse(f"/cards/{imsi}" if imsi.isdecimal() else "/", 303)


class _NotSignedInError(Exception):
    pass


class _Pages:
    """Makes pages of the operator's books."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator
        self._templates = Environment(
            loader=PackageLoader("firmware_sim.operator.console"), autoescape=True, undefined=StrictUndefined
        )

    def sign_in(self, lang: Language, *, wrong: bool = False) -> HTMLResponse:
        return self._page("sign_in.html", lang, 403 if wrong else 200, wrong=wrong)

    def cards(self, visit: Visit, wanted: Mapping[str, str]) -> HTMLResponse:
        rows, total, counts = self._operator.ask(_found, wanted)
        sweep_at = due_at(self._operator.books, DueKind.SWEEP)
        return self._page(
            "cards.html",
            visit.lang,
            told=visit.take(),
            wanted=wanted,
            query=urlencode({name: value for name, value in wanted.items() if value}),
            rows=rows,
            total=total,
            counts=counts,
            shown=SHOWN,
            sweep_at=sweep_at,
            actions=list(ACTIONS),
            wrong_books=audit(self._operator.books),
        )

    def card(self, visit: Visit, imsi: str) -> HTMLResponse:
        card = self._operator.books.get(Subscriber, imsi)
        if card is None:
            return self._page("missing.html", visit.lang, 404)
        return self._page(
            "card.html",
            visit.lang,
            told=visit.take(),
            row=self._operator.ask(_row, card),
            timeline=self._latest(Happening, lambda each: each.imsi == imsi),
            details=self._latest(Detail, lambda each: each.imsi == imsi),
            money=self._latest(Entry, lambda each: card.account in (each.source, each.target)),
            actions=sensible(card),
        )

    def papers(self, visit: Visit) -> HTMLResponse:
        waiting = papers.waiting(self._operator.books)
        return self._page("papers.html", visit.lang, told=visit.take(), papers=waiting)

    def act(self, visit: Visit, name: str, imsis: list[str]) -> None:
        """Do it to each; one refusal does not stop the others."""
        if name not in ACTIONS:
            return
        if not imsis:
            visit.tell("refused", word("nothing_chosen", visit.lang))
        outcomes = self._operator.do_each(ACTIONS[name], OPERATOR, imsis)
        for imsi, refusal in outcomes.items():
            if refusal is not None:
                card = self._operator.books.get(Subscriber, imsi)
                number = imsi if card is None else card.msisdn
                visit.tell(
                    "refused", word("not_done", visit.lang, number=number, why=refusal.told(visit.lang))
                )
        if done := sum(refusal is None for refusal in outcomes.values()):
            visit.tell("done", word("done", visit.lang, what=ACTION_WORDS[name].in_(visit.lang), count=done))

    def top_up(self, visit: Visit, imsi: str, roubles: str) -> None:
        card = self._operator.books.get(Subscriber, imsi)
        kopecks = _kopecks(roubles)
        if card is None:
            return
        if kopecks is None:
            visit.tell("refused", word("amount_wrong", visit.lang))
            return
        self._operator.do(billing.top_up, OPERATOR, card.account, kopecks, "console")
        visit.tell("done", word("done", visit.lang, what=word("top_up_do", visit.lang), count=roubles))

    def _latest(self, kind: type[Any], wanted: Any) -> list[Any]:
        return [each for each in self._operator.books.all(kind) if wanted(each)][: -SHOWN - 1 : -1]

    def _page(self, template: str, lang: Language, status: int = 200, **facts: object) -> HTMLResponse:
        text = self._templates.get_template(template).render(
            lang=lang,
            told=facts.pop("told", []),
            query=facts.pop("query", ""),
            to_decide=papers.waiting(self._operator.books).count,
            t=lambda name, **more: word(name, lang, **more),
            now=self._operator.now(),
            states={each: STATES[each].in_(lang) for each in SubscriberState},
            holds={each: HOLDS[each].in_(lang) for each in HOLDS},
            detail_kinds={each: DETAILS[each].in_(lang) for each in DETAILS},
            action_words={name: text.in_(lang) for name, text in ACTION_WORDS.items()},
            tariffs={code: each.name.in_(lang) for code, each in TARIFFS.items()},
            services={code: each.name.in_(lang) for code, each in SERVICES.items()},
            packages={code: each.name for code, each in PACKAGES.items()},
            roubles=_roubles,
            volume=lambda octets: _volume(octets, lang),
            reads=lambda entry: _reads(entry, lang),
            happened=lambda what: in_language(what, lang),
            moment=lambda at: at.astimezone(self._operator.now().tzinfo).strftime("%d.%m.%Y %H:%M:%S"),
            **facts,
        )
        return HTMLResponse(text, status, {"Cache-Control": "no-store", "Referrer-Policy": "same-origin"})


def _found(
    draft: Draft, wanted: Mapping[str, str]
) -> tuple[list[dict[str, object]], int, Counter[SubscriberState]]:
    every = search(draft, OPERATOR)
    counts = Counter(state_of(card) for card in every)
    found = [
        card
        for card in search(draft, OPERATOR, wanted["number"] or "%", wanted["account"])
        if (not wanted["state"] or state_of(card) == wanted["state"])
        and wanted["name"].casefold() in card.name.casefold()
    ]
    return [_row(draft, card) for card in found[:SHOWN]], len(found), counts


def _row(draft: Draft, card: Subscriber) -> dict[str, object]:
    return {
        "card": card,
        "state": state_of(card),
        "balance_kopecks": balance_kopecks(draft, card.account),
        "quota_bytes": quota_bytes(draft, card),
    }


async def _form(request: Request) -> dict[str, list[str]]:
    return parse_qs((await request.body()).decode(errors="replace"), keep_blank_values=True)


def _first(form: Mapping[str, list[str]], name: str) -> str:
    return form.get(name, [""])[0]


def _wanted_language(request: Request, otherwise: Language | None = None) -> Language:
    match request.query_params.get("lang"):
        case "ru":
            return "ru"
        case "en":
            return "en"
        case _:
            return otherwise or language_of(request)


def _foreign(request: Request) -> bool:
    """Another site's page made the browser send this."""
    return request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")


def _back(form: Mapping[str, list[str]]) -> str:
    """Where he came from: a card's page or the list as it was filtered."""
    if card := _first(form, "card"):
        return f"/cards/{card}" if card.isdecimal() else "/"
    query = _first(form, "query")
    return f"/?{query}" if query else "/"


def _kopecks(roubles: str) -> int | None:
    amount = re.fullmatch(r"([0-9]{1,7})(?:[.,]([0-9]{1,2}))?", roubles.strip())
    if amount is None:
        return None
    return int(amount[1]) * 100 + int((amount[2] or "0").ljust(2, "0")) or None


def _roubles(kopecks: int) -> str:
    sign = "−" if kopecks < 0 else ""
    return f"{sign}{abs(kopecks) // 100}.{abs(kopecks) % 100:02}"


def _volume(octets: int, lang: Language) -> str:
    for ru, en, size in (("ГБ", "GB", 1 << 30), ("МБ", "MB", 1 << 20), ("КБ", "KB", 1 << 10)):
        if octets >= size:
            return f"{octets / size:.1f} {ru if lang == 'ru' else en}"
    return f"{octets} {'Б' if lang == 'ru' else 'B'}"


def _reads(entry: Entry, lang: Language) -> str:
    kind, colon, what = entry.what.partition(": ")
    return f"{MONEY[Kind(kind)].in_(lang)}{colon}{what}"
