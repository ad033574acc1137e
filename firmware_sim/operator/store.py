"""The books on disk: one table for each kind of record, made from its fields (SQLAlchemy Core, SQLite or PostgreSQL).

An operation's changes are one transaction, committed before anything else learns of them: killed at any moment, the
store holds whole operations only.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date, datetime, tzinfo
from enum import Enum
from typing import Any, Final, Protocol, Union, get_args, get_origin, get_type_hints

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    delete,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool
from sqlalchemy.types import TypeEngine

from firmware_sim.operator.books import Books, Changes
from firmware_sim.operator.months import MOSCOW
from firmware_sim.operator.records import RECORDS, Record

SCHEMA_VERSION: Final = 1
"""Raise it with every change of a record's fields."""


class OperatorStoreError(Exception):
    """The store cannot be used; the text names it and the way out."""


class Store(Protocol):
    """Where books are kept."""

    def load(self) -> Books:
        """All that was saved."""
        ...

    def save(self, changes: Changes) -> None:
        """Save an operation's changes, all or none, before returning."""
        ...


class NoStore:
    """Books that end with the program."""

    def load(self) -> Books:
        """Empty ones."""
        return Books()

    def save(self, changes: Changes) -> None:
        """Nothing is kept."""


@dataclass(frozen=True)
class _Field:
    """How a field goes into its column and comes back."""

    name: str
    column: TypeEngine[Any]
    nullable: bool
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


class SqlStore:
    """Books in a database.

    Args:
        url: of SQLAlchemy, as ``sqlite:///operator.db`` or ``postgresql+psycopg://…``.
        zone: in which moments come back.

    Raises:
        OperatorStoreError: it can't be opened, or is of another version.
    """

    def __init__(self, url: str, *, zone: tzinfo = MOSCOW) -> None:
        metadata = MetaData()
        self._fields: dict[type[Record], list[_Field]] = {kind: _fields_of(kind, zone) for kind in RECORDS}
        self._tables = {kind: _table(kind, each, metadata) for kind, each in self._fields.items()}
        self._version = Table("operator_schema", metadata, Column("version", Integer, primary_key=True))
        try:
            in_memory = url in ("sqlite://", "sqlite:///:memory:")
            self._engine = create_engine(url, poolclass=StaticPool) if in_memory else create_engine(url)
            if self._engine.dialect.name == "sqlite":
                event.listen(self._engine, "connect", _durable)
            metadata.create_all(self._engine)
            with self._engine.begin() as connection:
                version = connection.execute(select(self._version.c.version)).scalar_one_or_none()
                if version is None:
                    connection.execute(insert(self._version).values(version=SCHEMA_VERSION))
        except (SQLAlchemyError, ImportError) as error:
            raise OperatorStoreError(f"the operator's store {url} can't be opened: {error}") from error
        if version not in (None, SCHEMA_VERSION):
            raise OperatorStoreError(
                f"the operator's store {url} is of version {version}, this program's is {SCHEMA_VERSION}: "
                "give another file"
            )

    def load(self) -> Books:
        """All that was saved. Raises OperatorStoreError."""
        books = Books()
        try:
            with self._engine.connect() as connection:
                for kind, table in self._tables.items():
                    rows = connection.execute(select(table).order_by(table.c[kind.KEY]))
                    books.take_over([_loaded(kind, self._fields[kind], row._mapping) for row in rows])
        except SQLAlchemyError as error:
            raise OperatorStoreError(f"the operator's store can't be read: {error}") from error
        return books

    def save(self, changes: Changes) -> None:
        """Save an operation's changes in one transaction. Raises OperatorStoreError; then nothing is saved."""
        try:
            with self._engine.begin() as connection:
                for kind, key, record in changes:
                    table = self._tables[kind]
                    this = table.c[kind.KEY] == key
                    if record is None:
                        connection.execute(delete(table).where(this))
                        continue
                    values = {
                        each.name: each.write(getattr(record, each.name)) for each in self._fields[kind]
                    }
                    if not connection.execute(update(table).where(this).values(values)).rowcount:
                        connection.execute(insert(table).values(values))
        except SQLAlchemyError as error:
            raise OperatorStoreError(f"the operator's store can't be written: {error}") from error

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


def _durable(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _loaded(kind: type[Record], each: list[_Field], row: Any) -> tuple[type[Record], str | int, Record]:
    record = kind(**{field.name: field.read(row[field.name]) for field in each})
    return kind, record.key, record


def _table(kind: type[Record], each: list[_Field], metadata: MetaData) -> Table:
    return Table(
        "operator_" + "".join(f"_{c.lower()}" if c.isupper() else c for c in kind.__name__).lstrip("_"),
        metadata,
        *(
            Column(
                field.name,
                field.column,
                primary_key=field.name == kind.KEY,
                nullable=field.nullable,
                autoincrement=False,
            )
            for field in each
        ),
    )


def _fields_of(kind: type[Record], zone: tzinfo) -> list[_Field]:
    hints = get_type_hints(kind)
    return [_field(field.name, hints[field.name], zone) for field in fields(kind)]


def _field(name: str, hint: Any, zone: tzinfo) -> _Field:
    nullable = False
    if get_origin(hint) in (Union, types.UnionType):
        (hint,) = (each for each in get_args(hint) if each is not type(None))
        nullable = True
    column, write, read = _column(hint, zone)
    if nullable:
        return _Field(name, column, True, _or_none(write), _or_none(read))
    return _Field(name, column, False, write, read)


def _or_none(turn: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else turn(value)


def _column(hint: Any, zone: tzinfo) -> tuple[TypeEngine[Any], Callable[[Any], Any], Callable[[Any], Any]]:
    def same(value: Any) -> Any:
        return value

    if get_origin(hint) is tuple:
        return (
            Text(),
            lambda value: json.dumps(value, ensure_ascii=False),
            lambda text: _tuple(hint, json.loads(text)),
        )
    if issubclass(hint, Enum):
        return Text(), lambda value: value.value, hint
    simple: dict[type, tuple[TypeEngine[Any], Callable[[Any], Any], Callable[[Any], Any]]] = {
        bool: (Boolean(), same, bool),
        int: (BigInteger(), same, int),
        str: (Text(), same, str),
        float: (Float(), same, float),
        datetime: (Float(), datetime.timestamp, lambda value: datetime.fromtimestamp(value, zone)),
        date: (Date(), same, same),
    }
    return simple[hint]


def _tuple(hint: Any, value: list[Any]) -> tuple[Any, ...]:
    arguments = get_args(hint)
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        inner = arguments[0]
        if get_origin(inner) is tuple:
            return tuple(_tuple(inner, each) for each in value)
        return tuple(inner(each) for each in value)
    return tuple(kind(each) for kind, each in zip(arguments, value, strict=True))
