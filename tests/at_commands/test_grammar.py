"""Command lines as V.250 has them, and the quoting that both ends share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from at_commands.grammar import (
    GrammarError,
    Operation,
    ParsedCommand,
    join_arguments,
    parse_arguments,
    quote,
    split_command_line,
)


def test_basic_commands_stand_together_and_extended_ones_behind_a_semicolon() -> None:
    commands = split_command_line("E0V1&F+CMEE=1;+CREG?;S3?+CSQ;I")
    assert [(c.name, c.operation) for c in commands] == [
        ("E", Operation.BASIC),
        ("V", Operation.BASIC),
        ("&F", Operation.BASIC),
        ("+CMEE", Operation.SET),
        ("+CREG", Operation.READ),
        ("S3", Operation.READ),
        ("+CSQ", Operation.EXECUTE),
        ("I", Operation.BASIC),
    ]


@pytest.mark.parametrize(
    ("body", "command"),
    [
        ("", None),
        ("E", ParsedCommand("E", Operation.BASIC)),
        ("e0", ParsedCommand("E", Operation.BASIC, (0,))),
        ("&w1", ParsedCommand("&W", Operation.BASIC, (1,))),
        ("S0=1", ParsedCommand("S0", Operation.SET, (1,))),
        ("S7=", ParsedCommand("S7", Operation.SET, (0,))),
        ("D*99***1#", ParsedCommand("D", Operation.BASIC, ("*99***1#",), "*99***1#")),
        ("+cops=?", ParsedCommand("+COPS", Operation.TEST)),
        ("+CPIN?", ParsedCommand("+CPIN", Operation.READ)),
        ("%THERMOGATE?", ParsedCommand("%THERMOGATE", Operation.READ)),
        (
            '+CPIN="12;34","a,b"',
            ParsedCommand("+CPIN", Operation.SET, ("12;34", "a,b"), '"12;34","a,b"'),
        ),
        ("+CNMI=2,,0", ParsedCommand("+CNMI", Operation.SET, ("2", None, "0"), "2,,0")),
        ("+CSTT=", ParsedCommand("+CSTT", Operation.SET, (None,), "")),
    ],
)
def test_one_command(body: str, command: ParsedCommand | None) -> None:
    assert split_command_line(body) == ([] if command is None else [command])


@pytest.mark.parametrize("body", ["+", "+1", "S=1", "S3", "5", "E0+CREG)", "+CREG?x", "Ж"])
def test_what_is_no_command_says_where(body: str) -> None:
    with pytest.raises(GrammarError) as caught:
        split_command_line(body)
    assert 0 <= caught.value.at <= len(body)


def test_a_line_runs_up_to_its_break() -> None:
    with pytest.raises(GrammarError) as caught:
        split_command_line("E0+CMEE=1;?;+CREG=2")
    assert [c.name for c in caught.value.parsed] == ["E", "+CMEE"]


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ('2,1,"0FA1","2C3B"', ("2", "1", "0FA1", "2C3B")),
        ('0, "0411", 72', ("0", "0411", "72")),
        ('(2,"MTS RUS","MTS","25001"),,(0-4),(0-2)', ('(2,"MTS RUS","MTS","25001")', None, "(0-4)", "(0-2)")),
        ('"","+79161234567",145', ("", "+79161234567", "145")),
        ('"unclosed, quote', ("unclosed, quote",)),
        ("", (None,)),
    ],
)
def test_arguments_as_modems_print_them(text: str, arguments: tuple[str | None, ...]) -> None:
    assert parse_arguments(text) == arguments


@given(st.lists(st.one_of(st.none(), st.text(st.characters(max_codepoint=255))), min_size=1, max_size=6))
def test_arguments_come_back_as_they_were_joined(values: list[str | None]) -> None:
    assert parse_arguments(join_arguments(*values)) == tuple(values)


@given(st.text(st.characters(max_codepoint=255)))
def test_a_quoted_string_never_ends_its_command(text: str) -> None:
    commands = split_command_line(f"+A={quote(text)};+B")
    assert [c.name for c in commands] == ["+A", "+B"]
    assert commands[0].arguments == (text,)


@given(st.text(st.characters(max_codepoint=255)))
def test_any_line_is_commands_or_a_grammar_error(body: str) -> None:
    try:
        commands = split_command_line(body)
    except GrammarError as broken:
        commands = list(broken.parsed)
    assert all(c.name == c.name.upper() for c in commands)
