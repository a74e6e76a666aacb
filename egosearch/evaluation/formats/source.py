"""Files of annotations as text, objects and fields. Every error says file, line, field and remedy."""

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from egosearch.evaluation.annotations import AnnotationError, QueryId
from indexers.types import Span


@dataclass(frozen=True)
class Record:
    """An object or a row, and where it stands."""

    path: Path
    where: str
    """The line, or the place in a JSON document."""
    values: Mapping[str, object]

    def error(self, field: str, problem: str, remedy: str) -> AnnotationError:
        """Return the error for one of its fields."""
        return AnnotationError(self.path, f"{self.where}, {field}", problem, remedy)

    def text(self, field: str) -> str:
        """Return text that says something, without the spaces around it."""
        value = self.values.get(field)
        if not isinstance(value, str) or not value.strip():
            raise self.error(field, _found(value, "text"), f"give it a {field}, or remove it")
        return value.strip()

    def query_id(self, field: str) -> QueryId:
        """Return an id as it is: text or a whole number."""
        value = self.values.get(field)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        return self.text(field)

    def number(self, field: str) -> float:
        """Return a finite number; a CSV has it as text."""
        value = self.values.get(field)
        try:
            if isinstance(value, bool) or not isinstance(value, int | float | str):
                raise ValueError
            number = float(value)
        except ValueError:
            raise self.error(field, _found(value, "a number"), "write seconds, such as 12.5") from None
        if not math.isfinite(number):
            raise self.error(field, f"{value} is no time", "write seconds, such as 12.5")
        return number

    def span(self, start: str, end: str) -> Span:
        """Return the span between two fields in seconds."""
        return self.checked(self.number(start), self.number(end), f"{start} and {end}")

    def checked(self, start_s: float, end_s: float, field: str) -> Span:
        """Return a span that begins in the recording and has a length."""
        if start_s < 0:
            raise self.error(field, f"{start_s:g} s is before the recording begins", "times count from its first frame")
        if end_s <= start_s:
            raise self.error(field, f"a span from {start_s:g} to {end_s:g} s has no length", "correct it or remove it")
        return Span(start_s, end_s)

    def pairs(self, field: str) -> list[Span]:
        """Return a list of [start, end] in seconds as spans."""
        value = self.values.get(field)
        if not isinstance(value, list):
            raise self.error(field, _found(value, "a list of [start, end]"), "use a split that has labels")
        spans = []
        for number, pair in enumerate(value):
            if not isinstance(pair, list) or len(pair) != 2:
                raise self.error(f"{field}[{number}]", _found(pair, "[start, end]"), "write two numbers of seconds")
            window = Record(self.path, f"{self.where}, {field}[{number}]", {"start": pair[0], "end": pair[1]})
            spans.append(window.span("start", "end"))
        return spans

    def records(self, field: str) -> "list[Record]":
        """Return a list of objects."""
        value = self.values.get(field)
        if not isinstance(value, list):
            raise self.error(field, _found(value, "a list"), "is this the format? name it with --format")
        found = []
        for number, one in enumerate(value):
            where = f"{self.where}.{field}[{number}]".removeprefix(".")
            if not isinstance(one, dict):
                raise AnnotationError(self.path, where, _found(one, "an object"), "correct it or remove it")
            found.append(Record(self.path, where, one))
        return found


@dataclass(frozen=True)
class Source:
    """A file's text."""

    path: Path
    text: str

    @property
    def is_json(self) -> bool:
        """Whether it looks like JSON, or JSON a line."""
        return self.text.lstrip()[:1] in ("{", "[")

    def first_keys(self) -> frozenset[str]:
        """Return the keys of the document, or of the first line's object."""
        for record in self.lines() if self._has_json_lines() else [self.document()]:
            return frozenset(record.values)
        return frozenset()

    def header(self) -> list[str]:
        """Return the names of a CSV's columns."""
        return [name.strip() for name in next(csv.reader(io.StringIO(self.text)), [])]

    def lines(self) -> Iterator[Record]:
        """Yield the objects of JSON a line; blank lines are passed over."""
        for number, line in enumerate(self.text.split("\n"), start=1):
            if line.strip():
                yield self._object(line, f"line {number}")

    def document(self) -> Record:
        """Return the whole file as one JSON object."""
        return self._object(self.text, "")

    def rows(self, columns: tuple[str, ...]) -> Iterator[Record]:
        """Yield the rows of a CSV with a header; blank lines are passed over.

        Args:
            columns: The ones that must be there; others are handed on too.
        """
        header = self.header()
        if missing := [name for name in columns if name not in header]:
            problem = f"the column {missing[0]} is missing, there are: {', '.join(header)}"
            raise AnnotationError(
                self.path, "line 1", problem, f"it needs {','.join(columns)}, separated by commas, in the first line"
            )
        reader = csv.reader(io.StringIO(self.text), strict=True)
        try:
            next(reader)
            for row in reader:
                if not any(cell.strip() for cell in row):
                    continue
                where = f"line {reader.line_num}"
                if len(row) != len(header):
                    problem = f"it has {len(row)} columns and the first line {len(header)}"
                    raise AnnotationError(self.path, where, problem, "quote what has a comma in it")
                yield Record(self.path, where, dict(zip(header, row, strict=True)))
        except csv.Error as error:
            remedy = "quote what has a comma in it, and double the quotes inside"
            raise AnnotationError(self.path, f"line {reader.line_num}", str(error), remedy) from error

    def _has_json_lines(self) -> bool:
        first = next((line for line in self.text.split("\n") if line.strip()), "")
        try:
            json.loads(first)
        except ValueError:
            return False
        return True

    def _object(self, text: str, where: str) -> Record:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            line = getattr(error, "lineno", 1)
            place = where or f"line {line}"
            raise AnnotationError(self.path, place, f"it is no JSON ({error})", "write one object a line") from error
        if not isinstance(value, dict):
            raise AnnotationError(self.path, where, _found(value, "an object"), "write one object a line")
        return Record(self.path, where, value)


def read_source(path: Path) -> Source:
    """Return a file's text.

    Raises:
        AnnotationError: It cannot be read, or is no UTF-8.
    """
    try:
        return Source(path, path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise AnnotationError(path, "", f"it cannot be read ({error.strerror})", "name a file of labels") from error
    except UnicodeDecodeError as error:
        raise AnnotationError(path, "", "it is not UTF-8", "convert the file") from error


class Ids:
    """Sees to it that no two queries have the same id."""

    def __init__(self) -> None:
        self._seen: dict[str, str] = {}

    def check(self, record: Record, field: str, query_id: QueryId) -> QueryId:
        """Return the id.

        Raises:
            AnnotationError: It was there before.
        """
        if (before := self._seen.setdefault(str(query_id), record.where)) != record.where:
            raise record.error(field, f"{query_id} is at {before} already", "give every query an id of its own")
        return query_id


def _found(value: object, wanted: str) -> str:
    if value is None:
        return "it is missing"
    shown = json.dumps(value, default=str)
    return f"{shown if len(shown) <= 60 else shown[:59] + '…'} is not {wanted}"
