"""The bench's report: one HTML file for the printer, A4, without anything from outside.

Everything that comes from a list, a card or a modem is escaped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Final

from gateway.bench.bench import CardRow
from provisioning.explanation import Actor, Language, Text
from provisioning.verdicts import Kind
from provisioning.words_of_verdicts import ACTOR_WORDS, VERDICT_WORDS

_STYLE: Final = """
@page { size: A4; margin: 14mm 12mm 16mm; }
* { box-sizing: border-box; }
body { font: 10pt/1.35 "Liberation Sans", Arial, sans-serif; color: #111; margin: 0 auto;
  max-width: 186mm; padding: 6mm 0; }
h1 { font-size: 17pt; margin: 0 0 1mm; }
h2 { font-size: 12pt; margin: 7mm 0 2mm; break-after: avoid; }
p { margin: 0 0 2mm; }
.when { color: #555; }
.sum { display: flex; gap: 3mm; margin: 4mm 0; padding: 0; list-style: none; }
.sum li { border: 0.3mm solid #999; border-radius: 1.5mm; padding: 1.5mm 2.5mm; flex: 1; line-height: 1.15; }
.sum b { display: block; font-size: 15pt; line-height: 1.2; }
table { border-collapse: collapse; width: 100%; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th { text-align: left; font-weight: 600; border-bottom: 0.5mm solid #111; padding: 1mm 1.5mm; vertical-align: bottom; }
td { border-bottom: 0.2mm solid #aaa; padding: 1.2mm 1.5mm; vertical-align: top; overflow-wrap: anywhere; }
td.n, th.n { text-align: right; white-space: nowrap; }
td.id { white-space: nowrap; font-variant-numeric: tabular-nums; }
td.v, td.w, td.d { white-space: nowrap; }
.act td.v, .act td.w { font-weight: 600; }
small { color: #444; font-weight: 400; }
.sign { display: flex; gap: 12mm; margin-top: 14mm; break-inside: avoid; }
.sign div { flex: 1; border-top: 0.3mm solid #111; padding-top: 1mm; color: #444; font-size: 8.5pt; }
@media screen { body { padding: 8mm 4mm; } }
@media print { body { max-width: none; padding: 0; } * { print-color-adjust: exact; } }
"""

_TITLE: Final = Text("Проверка SIM-карт перед установкой", "SIM cards checked before installation")
_HEADINGS: Final = (
    Text("№", "No."),
    Text("SIM-карта", "SIM card"),
    Text("Устройство", "Device"),
    Text("Итог", "Verdict"),
    Text("Действует", "Who acts"),
    Text("Попытки", "Tries"),
    Text("Работает с", "Works since"),
)
_SIGNS: Final = (
    Text("Проверил: фамилия, подпись", "Checked by: name, signature"),
    Text("Принял: фамилия, подпись", "Received by: name, signature"),
    Text("Дата", "Date"),
)


def report_html(rows: Sequence[CardRow], *, lang: Language, at: datetime, simulated: bool = False) -> str:
    """The page. `at`: the local moment that it tells of; `simulated`: no real modem took part."""

    def say(text: Text) -> str:
        return escape(text.in_(lang))

    served = sum(row.verdict.served for row in rows)
    unseen = sum(row.verdict.kind is Kind.NOT_SEEN for row in rows)
    acting = [row for row in rows if _needs_somebody(row)]
    counts = (
        (Text("всего", "in all"), len(rows)),
        (Text("работают", "work"), served),
        (Text("ждут, действий не нужно", "wait, nobody must act"), len(rows) - served - len(acting) - unseen),
        (Text("нужно действовать", "need somebody"), len(acting)),
        (Text("не вставлялись", "not put in yet"), unseen),
    )
    parts = [
        f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{say(_TITLE)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{say(_TITLE)}</h1>",
        f'<p class="when">{at:%d.%m.%Y %H:%M %Z}. '
        + say(
            Text(
                "Передача данных при проверке не открывалась.",
                "No data session was opened during the check.",
            )
        )
        + "</p>",
        _simulated(lang) if simulated else "",
        '<ul class="sum">',
        *(f"<li><b>{count}</b>{say(name)}</li>" for name, count in counts),
        "</ul>",
        _to_do(acting, lang),
        f"<h2>{say(Text('Все карты', 'All cards'))}</h2><table><thead><tr>",
        *(
            f'<th class="n">{say(text)}</th>' if place in {0, 5} else f"<th>{say(text)}</th>"
            for place, text in enumerate(_HEADINGS)
        ),
        "</tr></thead><tbody>",
        *(_line(number, row, lang) for number, row in enumerate(rows, start=1)),
        "</tbody></table>",
        '<div class="sign">',
        *(f"<div>{say(text)}</div>" for text in _SIGNS),
        "</div></body></html>\n",
    ]
    return "\n".join(part for part in parts if part)


def _simulated(lang: Language) -> str:
    text = Text(
        "Модемы были симуляторами: отчёт ничего не говорит о настоящих картах.",
        "The modems were simulators: the report says nothing of real cards.",
    )
    return f"<p><b>{escape(text.in_(lang))}</b></p>"


def _to_do(acting: Sequence[CardRow], lang: Language) -> str:
    """Who must act: one line for each verdict, the cards counted."""
    if not acting:
        return ""
    heading = escape(Text("Кто и что должен сделать", "Who must do what").in_(lang))
    counts = Counter(row.verdict for row in acting)
    lines = []
    for verdict, count in sorted(counts.items(), key=lambda each: (each[0].who.value, each[0].kind.value)):
        words = VERDICT_WORDS[verdict.kind]
        cells = (
            ("w", ACTOR_WORDS[verdict.who].in_(lang)),
            ("v", f"{words.short.in_(lang)}: {count}"),
            ("", words.todo.in_(lang)),
        )
        tds = "".join(f'<td class="{name}">{escape(text)}</td>' for name, text in cells)
        lines.append(f'<tr class="act">{tds}</tr>')
    return f"<h2>{heading}</h2><table><tbody>{''.join(lines)}</tbody></table>"


def _line(number: int, row: CardRow, lang: Language) -> str:
    expected, record = row.expected, row.record
    device = escape(expected.device_serial) if expected else ""
    more = [escape(each) for each in (expected.msisdn, expected.note) if each] if expected else []
    if more:
        device += ("<br>" if device else "") + f"<small>{' · '.join(more)}</small>"
    verdict = escape(VERDICT_WORDS[row.verdict.kind].short.in_(lang))
    cause = None if record is None or row.verdict.served else record.snapshot.cause
    if cause is not None:
        verdict += f"<br><small>{escape(Text('причина', 'cause').in_(lang))} {cause}</small>"
    since = ""
    if row.served_at is not None:
        since = f"{datetime.fromtimestamp(row.served_at).astimezone():%d.%m.%Y %H:%M}"
        if record is not None and record.operator:
            since += f"<br><small>{escape(record.operator)}</small>"
    mark = ' class="act"' if _needs_somebody(row) else ""
    return (
        f"<tr{mark}>"
        f'<td class="n">{number}</td><td class="id">{escape(row.iccid)}</td><td>{device}</td>'
        f'<td class="v">{verdict}</td><td class="w">{escape(ACTOR_WORDS[row.verdict.who].in_(lang))}</td>'
        f'<td class="n">{row.attempts}</td><td class="d">{since}</td></tr>'
    )


def _needs_somebody(row: CardRow) -> bool:
    """Of a card that was never put in nobody knows yet."""
    return (
        not row.verdict.served
        and row.verdict.who is not Actor.NOBODY
        and row.verdict.kind is not Kind.NOT_SEEN
    )
