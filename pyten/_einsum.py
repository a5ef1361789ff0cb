"""tf.einsum: sums of products in Einstein's notation, over reshape, transpose and matmul."""

from __future__ import annotations

from typing import Any

from pyten import _core
from pyten.errors import InvalidArgumentError

__all__ = ["einsum"]


def einsum(equation: str, *inputs: Any, **kwargs: Any) -> Any:
    """Products of tensors, summed over the indices that the result does not name.

    Args:
      equation: such as "ij,jk->ik". A letter that stands twice in one operand takes its diagonal;
        "..." stands for any further axes, which broadcast; without "->" the result has the letters
        that occur once, in alphabetical order.
      *inputs: tensors of one dtype, as many as the equation has operands.
      **kwargs: optimize and name are accepted and ignored.

    Returns:
      A tensor.

    Raises:
      ValueError: the equation is not understood, or does not fit the number and shapes of inputs.
      TypeError: an unknown keyword.

    Gradient: differentiable to any order.

    Example:
      >>> import pyten as tf
      >>> tf.einsum("ij,jk->ik", [[1., 2.]], [[3.], [4.]]).numpy()
      array([[11.]], dtype=float32)
      >>> tf.einsum("...ii->...", [[[1., 2.], [3., 4.]]]).numpy()
      array([5.], dtype=float32)
    """
    for key in kwargs:
        if key not in ("optimize", "name"):
            raise TypeError(f"einsum() got an unexpected keyword argument '{key}'")
    like = next((t.dtype for t in inputs if isinstance(t, (_core.Tensor, _core.Variable))), None)
    tensors: list[Any] = []
    for value in inputs:
        tensors.append(_core.convert(value, hint=like))
        like = tensors[0].dtype if like is None else like
    operands, result = _parse(equation, [t.ndim for t in tensors])
    sizes: dict[str, int] = {}
    terms = []
    for i, (t, letters) in enumerate(zip(tensors, operands, strict=True)):
        _note_sizes(equation, i, letters, t, sizes)
        terms.append(_diagonal(t, letters))
    terms = [_expand(t, letters, sizes) for t, letters in terms]
    while len(terms) > 1:
        a, b = terms[0], terms[1]
        needed = set(result).union(*(letters for _, letters in terms[2:]))
        terms[:2] = [_contract(a, b, needed, sizes)]
    t, letters = terms[0]
    return _arrange(t, letters, result)


def _parse(equation: str, ranks: list[int]) -> tuple[list[list[str]], list[str]]:
    """Each operand's letters and the result's; axes under "..." get letters of their own."""
    text = equation.replace(" ", "")
    left, arrow, right = text.partition("->")
    parts = left.split(",")
    if len(parts) != len(ranks):
        raise ValueError(
            f"einsum: equation '{equation}' has {len(parts)} operands, got {len(ranks)} inputs"
        )
    extra: list[int] = []
    for part, rank in zip(parts, ranks, strict=True):
        named = part.replace("...", "", 1)
        if not all(c.isalpha() for c in named):
            raise ValueError(f"einsum: invalid operand '{part}' in equation '{equation}'")
        more = rank - len(named)
        if more < 0 or ("..." not in part and more != 0):
            raise InvalidArgumentError(
                f"einsum: operand '{part}' of equation '{equation}' does not fit a tensor of rank"
                f" {rank}"
            )
        extra.append(more if "..." in part else 0)
    widest = max(extra, default=0)
    # Private letters for "...", aligned at the right: .0 is the leftmost of the widest one.
    dots = [f".{i}" for i in range(widest)]
    operands = [
        _letters(part, dots[widest - more :]) for part, more in zip(parts, extra, strict=True)
    ]
    if arrow:
        if not all(c.isalpha() for c in right.replace("...", "", 1)):
            raise ValueError(f"einsum: invalid result '{right}' in equation '{equation}'")
        if dots and "..." not in right:
            raise InvalidArgumentError(
                f"einsum: Output contains {len(dots)} broadcasting dimension(s) but no ellipsis "
                f"(...) was found in the output subscripts of '{equation}'; sum over them with "
                "letters of their own"
            )
        result = _letters(right, dots)
    else:
        all_named = [c for part in parts for c in part if c.isalpha()]
        result = dots + sorted(c for c in set(all_named) if all_named.count(c) == 1)
    known = {c for letters in operands for c in letters}
    for c in result:
        if c not in known:
            raise ValueError(f"einsum: '{c}' of the result stands in no operand of '{equation}'")
    if len(set(result)) != len(result):
        raise ValueError(f"einsum: a letter stands twice in the result of '{equation}'")
    return operands, result


def _letters(part: str, dots: list[str]) -> list[str]:
    before, _, after = part.partition("...")
    return [*before, *(dots if "..." in part else []), *after]


def _note_sizes(
    equation: str, number: int, letters: list[str], t: Any, sizes: dict[str, int]
) -> None:
    own: dict[str, int] = {}
    for c, n in zip(letters, t.shape, strict=True):
        if own.setdefault(c, n) != n:
            raise InvalidArgumentError(
                f"einsum: '{c}' stands for sizes {own[c]} and {n} in operand {number} of "
                f"'{equation}', shape {t.shape}"
            )
        known = sizes.get(c, 1)
        broadcasts = c.startswith(".") and 1 in (known, n)
        if c in sizes and known != n and not broadcasts:
            raise InvalidArgumentError(
                f"einsum: Expected dimension {known} at axis {letters.index(c)} of the input "
                f"shaped {list(t.shape)} but got dimension {n} for '{c}' in '{equation}'"
            )
        sizes[c] = max(known, n) if known != 0 and n != 0 else 0


def _diagonal(t: Any, letters: list[str]) -> tuple[Any, list[str]]:
    """Each letter once: a repeated one takes the diagonal."""
    while len(set(letters)) < len(letters):
        c = next(c for c in letters if letters.count(c) > 1)
        first = letters.index(c)
        second = letters.index(c, first + 1)
        rest = [i for i, _ in enumerate(letters) if i not in (first, second)]
        t = _core._diag_part(_core.transpose(t, [*rest, first, second]))
        letters = [letters[i] for i in rest] + [c]
    return t, letters


def _expand(t: Any, letters: list[str], sizes: dict[str, int]) -> tuple[Any, list[str]]:
    """Axes under "..." that are broadcast get their full size."""
    wanted = [sizes[c] for c in letters]
    return (t if t.shape == wanted else _core.broadcast_to(t, wanted)), letters


def _sum_away(t: Any, letters: list[str], keep: set[str]) -> tuple[Any, list[str]]:
    gone = [i for i, c in enumerate(letters) if c not in keep]
    if gone:
        t = _core.reduce_sum(t, gone)
        letters = [c for c in letters if c in keep]
    return t, letters


def _contract(
    a: tuple[Any, list[str]], b: tuple[Any, list[str]], needed: set[str], sizes: dict[str, int]
) -> tuple[Any, list[str]]:
    """The product of two terms, summed over what nobody needs any more: one matmul."""
    x, of_x = _sum_away(*a, needed | set(b[1]))
    y, of_y = _sum_away(*b, needed | set(of_x))
    both = [c for c in of_x if c in of_y]
    batch = [c for c in both if c in needed]
    inner = [c for c in both if c not in needed]
    rows = [c for c in of_x if c not in of_y]
    columns = [c for c in of_y if c not in of_x]

    def flat(t: Any, letters: list[str], *groups: list[str]) -> Any:
        order = [letters.index(c) for group in groups for c in group]
        return _core.reshape(_core.transpose(t, order), [_size(group, sizes) for group in groups])

    product = _core.matmul(flat(x, of_x, batch, rows, inner), flat(y, of_y, batch, inner, columns))
    letters = batch + rows + columns
    return _core.reshape(product, [sizes[c] for c in letters]), letters


def _size(letters: list[str], sizes: dict[str, int]) -> int:
    size = 1
    for c in letters:
        size *= sizes[c]
    return size


def _arrange(t: Any, letters: list[str], result: list[str]) -> Any:
    t, letters = _sum_away(t, letters, set(result))
    if letters == result:
        return _core.identity(t)
    return _core.transpose(t, [letters.index(c) for c in result])
