"""Words for what the SIM card's files say, and for what it refuses."""

from __future__ import annotations

from typing import Final

from gateway.explain_words import Words
from provisioning.explanations import Actor, Explanation, Text

HOME_FORBIDDEN: Final = Explanation(
    code="home_network_forbidden",
    what=Text(
        en="The card's own network is on its list of forbidden networks.",
        ru="Своя сеть SIM-карты оказалась в её списке запрещённых.",
    ),
    meaning=Text(
        en="That network once turned the card away; since then no modem tries it by itself, not even after a restart.",
        ru="Эта сеть однажды отказала карте; с тех пор модемы сами в неё не идут, даже после перезапуска.",
    ),
    who=Actor.INSTALLER,
    next=Text(
        en="When the operator says that the card is in order, empty the list: 'thermogate modem forbidden --erase'.",
        ru="Когда оператор подтвердит, что карта в порядке, очистите список: «thermogate modem forbidden --erase».",
    ),
)

_ANOTHER_CARD: Final = Text(
    en="Try the card in another modem; if it is the same there, ask who issued it.",
    ru="Проверьте карту в другом модеме; если и там так, спросите того, кто её выдал.",
)

SIM_FILE_WORDS: Final[dict[str, Words]] = {
    "sim_file": Words(
        Text(en="The SIM card refused: {file}, {word}.", ru="SIM-карта отказала: {file}, {word}."),
        Text(en="It does not carry out what was asked.", ru="Запрошенное она не выполняет."),
        Actor.INSTALLER,
        _ANOTHER_CARD,
    ),
    "sim_file_not_found": Words(
        Text(en="This SIM card has no file {file}.", ru="На этой SIM-карте нет файла {file}."),
        Text(en="Not every card has all of them.", ru="Не на каждой карте есть все файлы."),
        Actor.NOBODY,
        Text(en="Nothing needs to be done.", ru="Ничего делать не нужно."),
    ),
    "sim_file_locked": Words(
        Text(en="The SIM card does not open its file {file}.", ru="SIM-карта не открывает файл {file}."),
        Text(
            en="Its PIN was not entered, or only its issuer may do this.",
            ru="Не введён PIN, или это может только оператор.",
        ),
        Actor.INSTALLER,
        Text(en="Give the PIN with --pin.", ru="Укажите PIN: --pin."),
    ),
}
