"""CSV files as columns, with errors that name the row and the column."""

from __future__ import annotations

import codecs
import csv
import io
import math
import os
from dataclasses import dataclass

import numpy as np

from pyten._cli.errors import CommandError

__all__ = ["Table", "read_table"]

_DELIMITERS = (",", ";", "\t")
_MISSING = {"", "na", "n/a", "#n/a", "nan", "null", "none", "?", "-", "."}
_SAMPLE_LINES = 20


@dataclass(frozen=True)
class Table:
    """The text of a CSV file.

    Attributes:
        command: named in errors.
        path: of the file, as the user gave it.
        header: column names; "" for a column without one.
        rows: the fields of each row, as many as the header has.
        lines: the line of the file on which each row ends, from 1.
    """

    command: str
    path: str
    header: list[str]
    rows: list[list[str]]
    lines: list[int]

    @property
    def names(self) -> list[str]:
        """The columns that have a name."""
        return [name for name in self.header if name]

    def place(self, row: int) -> str:
        """Where a row is, for errors."""
        return f"row {row + 1} (line {self.lines[row]})"

    def fail(self, message: str) -> CommandError:
        return CommandError(f"{self.command}: {message}")

    def column(self, name: str) -> list[str]:
        """One column's fields, without blanks around them."""
        index = self.header.index(name)
        return [row[index].strip() for row in self.rows]

    def require(self, name: str, what: str) -> None:
        """Check that a column exists."""
        if name not in self.names:
            raise self.fail(
                f"{what} must name a column of {self.path!r}, got {name!r}; the columns are "
                f"{_listed(self.names)}"
            )

    def numbers(self, names: list[str]) -> np.ndarray:
        """Columns as numbers, shape (rows, len(names)), float64; all finite."""
        out = np.empty((len(self.rows), len(names)))
        for index, name in enumerate(names):
            fields = self.column(name)
            try:
                out[:, index] = [_number(field) for field in fields]
            except ValueError:
                raise self._not_a_number(name, fields) from None
        return out

    def _not_a_number(self, name: str, fields: list[str]) -> CommandError:
        for row, field in enumerate(fields):
            try:
                _number(field)
            except ValueError:
                if field.lower() in _MISSING:
                    got = f"the missing value {field!r}" if field else "a missing value"
                    remedy = "fill it in, drop the row, or leave the column out with --features"
                elif field.lower().lstrip("+-") in ("inf", "infinity"):
                    got, remedy = repr(field), "numbers must be finite"
                elif "," in field:
                    got, remedy = repr(field), "write decimals with a point"
                else:
                    got, remedy = repr(field), "leave the column out with --features"
                return self.fail(
                    f"feature columns must hold numbers, got {got} in {self.place(row)}, column "
                    f"{name!r} of {self.path!r}; {remedy}"
                )
        raise AssertionError("a field that failed once did not fail again")

    def labels(self, name: str) -> np.ndarray:
        """A column as class labels, shape (rows,): integers when all are whole, else str."""
        fields = self.column(name)
        for row, field in enumerate(fields):
            if field.lower() in _MISSING - {"none", "-", "."}:
                got = f"the missing value {field!r}" if field else "a missing value"
                raise self.fail(
                    f"the target column must hold a label in every row, got {got} in "
                    f"{self.place(row)}, column {name!r} of {self.path!r}; fill it in or drop the "
                    "row"
                )
        try:
            values = [_number(field) for field in fields]
        except ValueError:
            return np.array(fields, dtype=object)
        for row, value in enumerate(values):
            if not value.is_integer():
                raise self.fail(
                    f"the target column must hold class labels, got the fraction {fields[row]!r} "
                    f"in {self.place(row)}, column {name!r} of {self.path!r}"
                )
        if any(abs(value) >= 2**53 for value in values):
            return np.array(fields, dtype=object)
        return np.array(values).astype(np.int64)


def _listed(names: list[str], most: int = 20) -> str:
    text = ", ".join(repr(name) for name in names[:most])
    return text if len(names) <= most else f"{text} and {len(names) - most} more"


def _number(text: str) -> float:
    value = float(text)
    # float() also takes 1_000, nan and inf, which in a data file are mistakes.
    if "_" in text or not math.isfinite(value):
        raise ValueError(text)
    return value


def read_table(
    command: str, path: str, delimiter: str | None = None, encoding: str | None = None
) -> Table:
    """Read a CSV file with a header.

    Args:
        command: named in errors.
        path: the file.
        delimiter: between the fields; None to find it from the first lines.
        encoding: of the text; None for UTF-8, or UTF-16 when a byte order mark says so.

    Returns:
        The table; blank lines are skipped.

    Raises:
        CommandError: no such file, not text, empty, ragged, or a header that is none.
    """

    def fail(message: str) -> CommandError:
        return CommandError(f"{command}: {message}")

    text = _read_text(command, path, encoding)
    if not text.strip():
        raise fail(f"{path!r} must have a header and rows, got an empty file")
    if delimiter is None:
        delimiter = _sniff(text)
    csv.field_size_limit(2**31 - 1)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] = []
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        for fields in reader:
            if not any(field.strip() for field in fields) and len(fields) != len(header):
                continue
            if not header:
                header = [field.strip() for field in fields]
                continue
            if len(fields) != len(header):
                raise fail(
                    f"every row must have {len(header)} fields as the header has, got "
                    f"{len(fields)} in row {len(rows) + 1} (line {reader.line_num}) of {path!r}"
                )
            rows.append(fields)
            lines.append(reader.line_num)
    except csv.Error as error:
        raise fail(
            f"{path!r} must be well-formed CSV, got {str(error)!r} near line {reader.line_num}"
        ) from None
    _check_header(command, path, header)
    if not rows:
        raise fail(f"{path!r} must have rows under its header, got the header alone")
    return Table(command, path, header, rows, lines)


def _check_header(command: str, path: str, header: list[str]) -> None:
    named = [name for name in header if name]
    repeated = sorted({name for name in named if named.count(name) > 1})
    if repeated:
        raise CommandError(
            f"{command}: column names must differ, got {repeated[0]!r} more than once in {path!r}"
        )
    try:
        [float(name) for name in header]
    except ValueError:
        return
    raise CommandError(
        f"{command}: the first line must name the columns, got the numbers "
        f"{_listed(header, 5)} in {path!r}; put a header line above them"
    )


def _read_text(command: str, path: str, encoding: str | None) -> str:
    try:
        with open(path, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        raise CommandError(f"{command}: the data file must exist, got {path!r}") from None
    except IsADirectoryError:
        raise CommandError(f"{command}: the data must be a file, got the folder {path!r}") from None
    except OSError as error:
        raise CommandError(
            f"{command}: the data file must be readable, got {error.strerror!r} for {path!r}"
        ) from None
    if encoding is None:
        marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        encoding = "utf-16" if marked else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except LookupError:
        raise CommandError(
            f"{command}: --encoding must be one that Python knows, got {encoding!r}"
        ) from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        name = "UTF-8" if encoding == "utf-8-sig" else encoding
        raise CommandError(
            f"{command}: {os.fspath(path)!r} must be {name} text, got the byte "
            f"0x{data[error.start]:02x} in line {line}; name its encoding with --encoding, e.g. "
            "--encoding latin-1"
        ) from None
    if "\0" in text:
        raise CommandError(f"{command}: {path!r} must be CSV text, got a binary file")
    return text


def _sniff(text: str) -> str:
    """The delimiter that cuts the first lines into equally many fields, and most of them."""
    sample = "".join(text.splitlines(keepends=True)[:_SAMPLE_LINES])
    best, best_rank = ",", (False, 1)
    for delimiter in _DELIMITERS:
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        try:
            counts = [len(fields) for fields in reader if fields]
        except csv.Error:
            continue
        width = counts[0] if counts else 1
        rank = (width > 1 and set(counts) == {width}, width)
        if rank > best_rank:
            best, best_rank = delimiter, rank
    return best
