"""The options of each command, and the checks that need no data."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["parse"]

_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", ",": ",", ";": ";", "\\t": "\t"}


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line.

    Args:
        arguments: the words after the program's name; None for those of this process.

    Returns:
        The options; ``run`` is the command's function, which takes them.

    Raises:
        SystemExit: with status 2 for a bad option, 0 after --help or --version.
    """
    parser = argparse.ArgumentParser(
        prog="pyten",
        description="Train a linear classifier, use it, and see what pyten runs on.",
    )
    parser.add_argument("--version", action="version", version=f"pyten {_version()}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_train(commands)
    _add_predict(commands)
    doctor = commands.add_parser(
        "doctor",
        help="say what pyten runs on: version, CPU level, threads, GPU support, extras",
        description="Say in plain words what pyten runs on and what is missing.",
    )
    doctor.set_defaults(run=_lazily("doctor"))
    return parser.parse_args(arguments)


def _version() -> str:
    import pyten

    return str(getattr(pyten, "__version__", "unknown"))


def _lazily(module: str) -> Callable[[argparse.Namespace], int]:
    def run(options: argparse.Namespace) -> int:
        from importlib import import_module

        result: int = import_module(f"pyten._cli.{module}").run(options)
        return result

    return run


def _add_train(commands: Any) -> None:
    train = commands.add_parser(
        "train",
        help="train a linear classifier on a CSV file, or on two clouds of points",
        description="Train a linear classifier on a CSV file with a header and numeric features. "
        "Without a file: on two clouds of 500 random points, by plain gradient descent on the "
        "squared loss from random weights, and draw the result.",
    )
    train.add_argument("data", nargs="?", metavar="DATA.csv", help="the file to learn from")
    train.add_argument("--target", metavar="NAME", help="the column with the labels")
    train.add_argument(
        "--features",
        metavar="A,B,…",
        type=_names,
        help="the columns to learn from (default: all but the target)",
    )
    train.add_argument(
        "--test-size",
        metavar="SHARE",
        type=_number(0.0, below=1.0),
        help="share of each class held out for the accuracy; 0 for none (default: 0.2)",
    )
    train.add_argument(
        "--loss",
        choices=("logistic", "squared"),
        help="default: logistic for a file, squared for the clouds",
    )
    train.add_argument(
        "--l2",
        metavar="STRENGTH",
        type=_number(0.0),
        help="penalty on the weights (default: 1 for logistic, 0 for squared)",
    )
    train.add_argument(
        "--solver",
        choices=("auto", "newton", "lbfgs", "gd", "sgd"),
        default="auto",
        help="auto: to the optimum for logistic, plain gradient descent (gd) for squared",
    )
    train.add_argument(
        "--learning-rate",
        metavar="RATE",
        type=_number(0.0, strict=True),
        help="step size of gd and sgd (default: 0.1)",
    )
    train.add_argument(
        "--steps",
        metavar="N",
        type=_whole(1),
        help="most steps; passes over the data for sgd (default: 40 for gd and sgd)",
    )
    train.add_argument(
        "--no-standardize",
        action="store_true",
        help="put the penalty on weights in the data's own units",
    )
    train.add_argument(
        "--seed", metavar="N", type=_whole(0, 2**32), default=0, help="default: %(default)s"
    )
    train.add_argument(
        "--device",
        metavar="NAME",
        type=_device,
        help="where to compute: cpu, gpu, gpu:1, … (default: cpu)",
    )
    train.add_argument(
        "--out",
        metavar="MODEL",
        default="linear_classifier.safetensors",
        help="the model file to write (default: %(default)s)",
    )
    train.add_argument(
        "--plot",
        metavar="PNG",
        help="the picture to draw (default: linear_classifier.png for the clouds, none for a file)",
    )
    train.add_argument(
        "--animate", metavar="GIF", help="draw the predictions as they improve step by step"
    )
    _add_csv_options(train)
    train.set_defaults(run=_lazily("train"))


def _add_predict(commands: Any) -> None:
    predict = commands.add_parser(
        "predict",
        help="predict the labels of a CSV file's rows with a trained model",
        description="Write one row for each row of the data: the predicted label and the "
        "probability of each class.",
    )
    predict.add_argument("model", metavar="MODEL", help="a file that `pyten train` wrote")
    predict.add_argument("data", metavar="DATA.csv", help="has the model's feature columns")
    predict.add_argument(
        "-o", "--out", metavar="OUT.csv", help="the file to write (default: standard output)"
    )
    _add_csv_options(predict)
    predict.set_defaults(run=_lazily("predict"))


def _add_csv_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--delimiter",
        type=_delimiter,
        metavar="SIGN",
        help="comma, semicolon or tab (default: found from the header)",
    )
    parser.add_argument(
        "--encoding", metavar="NAME", help="of the CSV file, e.g. latin-1 (default: utf-8)"
    )


def _number(low: float, *, strict: bool = False, below: float = math.inf) -> Callable[[str], float]:
    bound = f"{'>' if strict else '>='} {low:g}" + (f" and < {below:g}" if below < math.inf else "")

    def convert(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"must be a number, got {text!r}") from None
        inside = value > low if strict else value >= low
        if not (math.isfinite(value) and inside and value < below):
            raise argparse.ArgumentTypeError(f"must be {bound}, got {text!r}")
        return value

    return convert


def _whole(low: int, below: int | None = None) -> Callable[[str], int]:
    bound = f">= {low}" + ("" if below is None else f" and < {below}")

    def convert(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"must be a whole number, got {text!r}") from None
        if value < low or (below is not None and value >= below):
            raise argparse.ArgumentTypeError(f"must be {bound}, got {text!r}")
        return value

    return convert


def _device(text: str) -> str:
    from pyten._device import parse_device

    try:
        kind, number = parse_device(text)
    except ValueError:
        kind, number = None, None
    if kind not in ("CPU", "GPU"):
        raise argparse.ArgumentTypeError(f"must be cpu, gpu or gpu:N, got {text!r}")
    return f"{kind}:{number or 0}"


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise argparse.ArgumentTypeError(f"must be names with commas between, got {text!r}")
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise argparse.ArgumentTypeError(f"must name each column once, got {repeated[0]!r} twice")
    return names


def _delimiter(text: str) -> str:
    if text == "\t":
        return text
    if text not in _DELIMITERS:
        raise argparse.ArgumentTypeError(f"must be comma, semicolon or tab, got {text!r}")
    return _DELIMITERS[text]
