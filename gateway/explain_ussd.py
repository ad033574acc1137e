"""Words for a conversation by USSD that ended without an answer."""

from __future__ import annotations

from typing import Final

from at_commands.ussd_session import UssdEnd
from gateway.explain_words import Words
from provisioning.explanations import Actor, Text

_WHAT: Final = Text(en="The operator did not answer {code}.", ru="Оператор не ответил на {code}.")
_NEXT: Final = Text(en="Check the code, try again later.", ru="Проверьте код и повторите позже.")

_MEANINGS: Final = {
    UssdEnd.RELEASED: Text(
        en="The operator ended the conversation without an answer.", ru="Оператор завершил диалог без ответа."
    ),
    UssdEnd.OTHER_CLIENT: Text(
        en="Something else in the modem answered.", ru="Ответило что-то другое в самом модеме."
    ),
    UssdEnd.NOT_SUPPORTED: Text(
        en="The modem is not in the network, or the operator has no USSD.",
        ru="Модем не в сети, либо у оператора нет USSD.",
    ),
    UssdEnd.NETWORK_TIMEOUT: Text(
        en="The operator's service did not answer in time.", ru="Служба оператора не ответила вовремя."
    ),
    UssdEnd.NO_ANSWER: Text(
        en="The operator does not know this code, or its service does not work now.",
        ru="Оператор не знает этого кода, либо его служба сейчас не работает.",
    ),
}

USSD_WORDS: Final = {end: Words(_WHAT, meaning, Actor.INSTALLER, _NEXT) for end, meaning in _MEANINGS.items()}
