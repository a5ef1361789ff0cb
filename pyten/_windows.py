"""What convolutions and pooling have in common: strides, padding and layouts as users write them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyten import _core
from pyten.errors import InvalidArgumentError, UnimplementedError

#: Layouts with channels last and with channels second, by the number of spatial axes.
LAYOUTS = {1: ("NWC", "NCW"), 2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}
#: How documentation calls the spatial axes; None for 1 to 3 of them.
SIZES = {
    1: "width",
    2: "height, width",
    3: "depth, height, width",
    None: "1 to 3 spatial axes",
}


def layouts_text(axes: int | None) -> str:
    """What documentation says of data_format."""
    if axes is not None:
        return '"{}", or "{}" if the channels are the second axis.'.format(*LAYOUTS[axes])
    return (
        '"NWC", "NHWC", "NDHWC" or None; "NCW", "NCHW" or "NCDHW" if the channels are the\n'
        "    second axis."
    )


def channels_second(op: str, data_format: str | None, axes: int) -> bool:
    """Whether the layout has the channels second; raises for one that does not exist."""
    last, second = LAYOUTS[axes]
    if data_format is None or data_format == last:
        return False
    if data_format == second:
        return True
    raise InvalidArgumentError(
        f"{op}: data_format must be {last!r} or {second!r}, got {data_format!r}"
    )


def per_axis(op: str, name: str, value: Any, axes: int, second: bool = False) -> list[int]:
    """An entry for each spatial axis, from one number, one for each of them, or one for each axis."""
    if value is None:
        return [1] * axes
    if isinstance(value, (list, tuple)) or (hasattr(value, "ndim") and value.ndim):
        given = [int(v) for v in value]
    else:
        given = [int(value)]
    if len(given) == axes + 2:
        spatial = given[2:] if second else given[1:-1]
        others = [given[0], given[1] if second else given[-1]]
        if others != [1, 1]:
            message = (
                f"{op}: {name} must be 1 for the batch and the channels: Current implementation "
                f"does not yet support {name} in the batch and depth dimensions, got "
                f"{name}={given}"
            )
            raise (UnimplementedError if name == "strides" else InvalidArgumentError)(message)
        given = spatial
    elif len(given) == 1:
        given = given * axes
    elif len(given) != axes:
        lengths = sorted({1, axes, axes + 2})
        text = ", ".join(str(n) for n in lengths[:-1]) + f" or {lengths[-1]}"
        raise InvalidArgumentError(
            f"{op}: {name} should be of length {text}. Received: {name}={value} of length "
            f"{len(given)}"
        )
    if any(v <= 0 for v in given):
        word = {"dilations": "Dilated rates", "strides": "Stride", "ksize": "Sliding window ksize"}
        raise InvalidArgumentError(
            f"{op}: {name} must be positive: {word.get(name, name)} must be > 0, got {name}={value}"
        )
    return given


def to_last(x: Any) -> Any:
    """Channels from the second place to the last."""
    return _core.transpose(x, [0, *range(2, x.ndim), 1])


def to_second(x: Any) -> Any:
    """Channels from the last place to the second."""
    return _core.transpose(x, [0, x.ndim - 1, *range(1, x.ndim - 1)])


def explicit_pads(op: str, padding: Any, axes: int, second: bool) -> list[tuple[int, int]] | None:
    """Pairs for each spatial axis if padding is a list; None for a name."""
    if isinstance(padding, str):
        if padding not in ("SAME", "VALID"):
            raise InvalidArgumentError(
                f"{op}: padding must be 'SAME', 'VALID' or a list of pairs, got {padding!r}"
            )
        return None
    if not isinstance(padding, Sequence):
        raise TypeError(
            f"{op}: padding must be 'SAME', 'VALID' or a list of pairs, got {padding!r}"
        )
    for i, pair in enumerate(padding):
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            raise InvalidArgumentError(
                f"{op}: When `padding` is a list, each element of `padding` must be a list/tuple "
                f"of size 2. Received: padding={padding} with element at index {i}"
            )
    if len(padding) != axes + 2:
        raise InvalidArgumentError(
            f"{op}: When padding is a list, it must be of size {axes + 2}. Received: "
            f"padding={padding} of size {len(padding)}"
        )
    pairs = [(int(a), int(b)) for a, b in padding]
    spatial = pairs[2:] if second else pairs[1:-1]
    others = [pairs[0], pairs[1] if second else pairs[-1]]
    if any(a < 0 or b < 0 for a, b in spatial) or others != [(0, 0), (0, 0)]:
        raise InvalidArgumentError(
            f"{op}: padding must be non-negative, and 0 for the batch and the channels, got "
            f"{padding}"
        )
    return spatial


def result_sizes(
    op: str,
    inputs: Sequence[int],
    window: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    padding: Any,
    second: bool,
) -> tuple[list[int], list[int]]:
    """The sizes of the result and how much of the window stands before the first place."""
    explicit = explicit_pads(op, padding, len(inputs), second)
    sizes, before = [], []
    for i, (n, k, s, d) in enumerate(zip(inputs, window, strides, dilations, strict=True)):
        reach = (k - 1) * d + 1
        if explicit is None and padding == "SAME":
            size = -(-n // s)
            pad = max((size - 1) * s + reach - n, 0) // 2
        else:
            pad, after = (0, 0) if explicit is None else explicit[i]
            room = n + pad + after - reach + s
            size = room // s if room >= 0 else -(-room // s)  # towards 0, as TensorFlow has it
            if size < 0:
                raise InvalidArgumentError(
                    f"{op}: the window must fit into the input: Computed output size would be "
                    f"negative: {size} [input_size: {n}, effective_filter_size: {reach}, stride: "
                    f"{s}], got padding={padding} and sizes {tuple(inputs)}"
                )
        sizes.append(size)
        before.append(pad)
    return sizes, before


def with_leading(x: Any, axes: int) -> tuple[Any, list[int]]:
    """x with its leading axes joined to one batch axis, and what they were."""
    lead = [int(n) for n in x.shape[: x.ndim - axes - 1]]
    if len(lead) == 1:
        return x, lead
    count = 1
    for n in lead:
        count *= n
    return _core.reshape(x, [count, *x.shape[x.ndim - axes - 1 :]]), lead
