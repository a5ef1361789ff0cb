"""Rows of the functions that take several kinds of arguments."""

import numpy as np

from op_table.row import Row, logsumexp, mean, norm2, reduction, softmax, spread

_x = spread(1.0, 3.0, 24).reshape(2, 3, 4)
_m = spread(-1.0, 2.0)
_row = np.array([0.5, -1.5, 2.5])
_condition = np.array([[True], [False], [True]])
_index = np.array([2, 0, 2])
_index_nd = np.array([[0, 1], [2, 3], [0, 1]])
_once = np.array([[0, 1], [2, 3], [1, 0]])


def scatter(update):
    def apply(tensor, indices, updates):
        out = np.array(tensor)
        for i, u in zip(indices, updates):
            at = tuple(i)
            out[at] = update(out[at], u)
        return out

    return apply


def scatter_into_zeros(indices, updates, shape):
    out = np.zeros(shape, updates.dtype)
    for i, u in zip(indices, updates):
        out[tuple(i)] += u
    return out


def one_hot(indices, on, off, depth, axis=-1):
    hot = np.where(np.arange(depth) == indices[..., None], on, off)
    return np.moveaxis(hot, -1, axis)


def running(accumulate, start):
    def apply(x, axis=0, exclusive=False, reverse=False):
        x = np.flip(x, axis) if reverse else x
        out = accumulate(x, axis=axis, dtype=x.dtype)
        if exclusive:
            first = np.full_like(np.take(x, [0], axis), start)
            out = np.concatenate([first, np.delete(out, -1, axis)], axis)
        return np.flip(out, axis) if reverse else out

    return apply


def running_row(f):
    options = [
        {},
        {"axis": 1},
        {"exclusive": True},
        {"axis": -1, "exclusive": True, "reverse": True},
    ]
    return Row(f, [((_m,), o) for o in options], raises=[(lambda f, c: f(c(_m), axis=2), "-2, 2")])


def cross_entropy(labels, logits):
    return -(labels * (logits - logsumexp(logits, -1, True))).sum(-1)


def band(x, num_lower, num_upper):
    i, j = np.indices(x.shape[-2:])
    keep = ((num_lower < 0) | (i - j <= num_lower)) & ((num_upper < 0) | (j - i <= num_upper))
    return np.where(keep, x, 0)


def padded(x, paddings, mode="CONSTANT", constant_values=0):
    if mode == "CONSTANT":
        return np.pad(x, paddings, constant_values=constant_values)
    return np.pad(x, paddings, mode=mode.lower())


#: Functions of several kinds of arguments. In `reference` the keywords are the function's own.
FAMILIES = {
    "cast": Row(lambda x, dtype: np.real(x), [((_m * 3,), {"dtype": "float64"})], order=1),
    "select": Row(np.where, [((_condition, _m, _m * 2), {})], fixed=[0]),
    "clip_by_value": Row(
        lambda t, lo, hi: np.minimum(np.maximum(t, lo), hi),
        [((spread(1, 9), np.float64(2.1), np.float64(6.3)), {})],
        constant=[1, 2],
    ),
    "add_n": Row(lambda *a: sum(a), [((_m, _m * 2, _m * 3), {})]),
    "shape": Row(lambda x: np.array(x.shape, np.int32), [((_x,), {})]),
    "size": Row(lambda x: np.int32(x.size), [((_x,), {})]),
    "rank": Row(lambda x: np.int32(x.ndim), [((_x,), {})]),
    "zeros_like": Row(np.zeros_like, [((_x,), {})]),
    "ones_like": Row(np.ones_like, [((_x,), {})]),
    "reshape": Row(
        lambda x, shape: x.reshape(shape),
        [((_x,), {"shape": s}) for s in ([24], [4, -1], [2, 3, 4], [1, 24, 1])],
        raises=[
            (lambda f, c: f(c(_x), [5, 5]), "24.*25"),
            (lambda f, c: f(c(_x), [5, -1]), "multiple of 5"),
            (lambda f, c: f(c(_x), [-1, -1]), "-1"),
        ],
    ),
    "transpose": Row(
        lambda x, perm=None: x.transpose(perm),
        [((_x,), {}), ((_x,), {"perm": [1, 0, 2]}), ((_x,), {"perm": [2, 0, 1]})],
        raises=[
            (lambda f, c: f(c(_x), [0, 1]), "perm"),
            (lambda f, c: f(c(_x), [0, 0, 1]), "perm"),
        ],
    ),
    "expand_dims": Row(
        lambda x, axis: np.expand_dims(x, axis),
        [((_m,), {"axis": a}) for a in (0, 1, -1)],
        raises=[(lambda f, c: f(c(_m), 5), "5")],
    ),
    "squeeze": Row(
        lambda x, axis=None: np.squeeze(x, tuple(axis) if isinstance(axis, list) else axis),
        [((_m.reshape(1, 3, 1, 4),), a) for a in ({}, {"axis": 0}, {"axis": [-2]})],
        raises=[(lambda f, c: f(c(_m), 0), "dimension of 1, got 3")],
    ),
    "broadcast_to": Row(
        lambda x, shape: np.broadcast_to(x, shape),
        [((_m[:, :1],), {"shape": [2, 3, 4]}), ((_m[0, 0],), {"shape": [2, 2]})],
        raises=[(lambda f, c: f(c(_row), [2, 4]), "shapes")],
    ),
    "slice": Row(
        lambda x, begin, size: x[
            tuple(slice(b, None if n < 0 else b + n) for b, n in zip(begin, size))
        ],
        [((_x,), {"begin": [0, 1, 1], "size": [1, 2, -1]})],
        raises=[(lambda f, c: f(c(_row), [1], [5]), "5")],
    ),
    "strided_slice": Row(
        lambda x, begin, end, strides: x[tuple(map(slice, begin, end, strides))],
        [((_x,), {"begin": [0, 2, 0], "end": [2, 0, 4], "strides": [1, -1, 2]})],
    ),
    "reverse": Row(np.flip, [((_x,), {"axis": [0, 2]}), ((_x,), {"axis": [-1]})]),
    "roll": Row(
        lambda x, shift, axis: np.roll(x, shift, axis),
        [((_x,), {"shift": 1, "axis": 1}), ((_x,), {"shift": [1, -2], "axis": [0, 2]})],
    ),
    "concat": Row(
        lambda *a, axis: np.concatenate(a, axis),
        [((_m, _m * 2), {"axis": 0}), ((_m, _m[:, :1]), {"axis": -1})],
        raises=[
            (lambda f, c: f([c(_m), c(_row)], 0), "[Rr]ank"),
            (lambda f, c: f([c(_m)] * 2, 2), "-2, 2"),
        ],
    ),
    "stack": Row(
        lambda *a, axis=0: np.stack(a, axis),
        [((_m, _m * 2), {"axis": k}) for k in (0, 1, -1)],
        raises=[(lambda f, c: f([c(_m), c(_row)]), r"\[3,4\].*\[3\]")],
    ),
    "unstack": Row(
        lambda x, axis=0: [np.take(x, i, axis) for i in range(x.shape[axis])],
        [((_m,), {}), ((_m,), {"axis": 1})],
    ),
    "split": Row(
        lambda x, num_or_size_splits, axis=0: np.split(
            x,
            num_or_size_splits
            if isinstance(num_or_size_splits, int)
            else np.cumsum(num_or_size_splits)[:-1],
            axis,
        ),
        [
            ((_x,), {"num_or_size_splits": 2, "axis": 2}),
            ((_x,), {"num_or_size_splits": [1, 3], "axis": -1}),
        ],
        raises=[(lambda f, c: f(c(np.arange(7.0)), 2), "7.*2")],
    ),
    "tile": Row(
        lambda x, multiples: np.tile(x, multiples),
        [((_m,), {"multiples": [2, 1]}), ((_m,), {"multiples": [2, 3]})],
        raises=[(lambda f, c: f(c(_m), [2]), "multiples")],
    ),
    "pad": Row(
        padded,
        [
            ((_m,), {"paddings": [[1, 0], [2, 1]]}),
            ((_m,), {"paddings": [[1, 1], [2, 1]], "mode": "REFLECT"}),
            ((_m,), {"paddings": [[1, 1], [2, 1]], "mode": "SYMMETRIC"}),
        ],
    ),
    "gather": Row(
        lambda x, i, axis=0: np.take(x, i, axis),
        [((_m, _index), {}), ((_x, _index), {"axis": 1}), ((_m, np.array(1)), {"axis": 1})],
        fixed=[1],
        raises=[(lambda f, c: f(c(_row), 5), r"5 is not in \[0, 3\)")],
    ),
    "gather_nd": Row(
        lambda x, i: x[tuple(np.moveaxis(i, -1, 0))],
        [((_m, _index_nd), {}), ((_m, _index_nd[:, :1]), {})],
        fixed=[1],
    ),
    "scatter_nd": Row(scatter_into_zeros, [((_index_nd, _row), {"shape": [3, 4]})], fixed=[0]),
    "tensor_scatter_nd_update": Row(scatter(lambda _, u: u), [((_m, _once, _row), {})], fixed=[1]),
    "tensor_scatter_nd_add": Row(
        scatter(lambda a, u: a + u), [((_m, _index_nd, _row), {})], fixed=[1]
    ),
    "tensor_scatter_nd_sub": Row(
        scatter(lambda a, u: a - u), [((_m, _index_nd, _row), {})], fixed=[1]
    ),
    "tensor_scatter_nd_max": Row(scatter(max), [((_m, _once, _row), {})], fixed=[1]),
    "tensor_scatter_nd_min": Row(scatter(min), [((_m, _once, _row), {})], fixed=[1]),
    "one_hot": Row(
        None, [], raises=[(lambda f, c: f([0, 1], -1), "depth")]
    ),  # compared with NumPy in test_ops.test_one_hot
    "reduce_sum": reduction(np.sum),
    "reduce_mean": reduction(mean),
    "reduce_prod": reduction(np.prod, 0.8, 1.3),
    "reduce_max": reduction(np.max),
    "reduce_min": reduction(np.min),
    "reduce_any": reduction(np.any),
    "reduce_all": reduction(np.all),
    "reduce_logsumexp": reduction(logsumexp),
    "reduce_variance": reduction(np.var, loose={"bfloat16": (5e-2, 5e-2)}),
    "reduce_std": reduction(np.std, loose={"bfloat16": (5e-2, 5e-2)}),
    "reduce_euclidean_norm": reduction(norm2),
    "count_nonzero": reduction(
        lambda x, axis, keepdims: np.sum(x != 0, axis=axis, keepdims=keepdims)
    ),
    "argmax": Row(
        lambda x, axis=0: np.argmax(x, axis),
        [((_x,), {"axis": a}) for a in (0, 1, -1)],
        raises=[(lambda f, c: f(c(_m), axis=2), "-2, 2")],
    ),
    "argmin": Row(lambda x, axis=0: np.argmin(x, axis), [((_x,), {"axis": a}) for a in (0, 1, -1)]),
    "cumsum": running_row(running(np.cumsum, 0)),
    "cumprod": running_row(running(np.cumprod, 1)),
    "sort": Row(
        lambda x, axis=-1, direction="ASCENDING": (
            np.flip(np.sort(x, axis), axis) if direction == "DESCENDING" else np.sort(x, axis)
        ),
        [((_x,), {}), ((_x,), {"axis": 1}), ((_x,), {"direction": "DESCENDING"})],
    ),
    "argsort": Row(
        lambda x, axis=-1: np.argsort(x, axis, kind="stable"), [((_x,), {}), ((_x,), {"axis": 0})]
    ),
    "matmul": Row(
        lambda a, b, transpose_a=False, transpose_b=False: (
            (a.swapaxes(-1, -2) if transpose_a else a) @ (b.swapaxes(-1, -2) if transpose_b else b)
        ),
        [
            ((_m, _m.T), {}),
            ((_m, _m), {"transpose_b": True}),
            ((_m, _m), {"transpose_a": True}),
            ((_x, _m.T), {}),
            ((_x, _x), {"transpose_b": True}),
        ],
        raises=[
            (lambda f, c: f(c(_m), c(_m)), r"matmul.*\(3, 4\).*\(3, 4\)"),
            (lambda f, c: f(c(_m), c(_row)), "ndims"),
        ],
        loose={"bfloat16": (5e-2, 1e-1), "float16": (1e-2, 1e-2)},
    ),
    "matvec": Row(
        lambda a, b, transpose_a=False: np.einsum(
            "...ij,...j->...i", a.swapaxes(-1, -2) if transpose_a else a, b
        ),
        [((_m, _m[0]), {}), ((_m, _m[:, 0]), {"transpose_a": True}), ((_x, _x[:, 0]), {})],
        loose={"bfloat16": (5e-2, 1e-1), "float16": (1e-2, 1e-2)},
    ),
    "band_part": Row(
        band,
        [((_m,), {"num_lower": 1, "num_upper": 0}), ((_x,), {"num_lower": 0, "num_upper": -1})],
    ),
    "trace": Row(lambda x: np.trace(x, axis1=-2, axis2=-1), [((_m,), {}), ((_x,), {})]),
    "softmax": Row(softmax, [((_m,), {}), ((_x,), {"axis": 1})]),
    "log_softmax": Row(
        lambda x, axis=-1: np.log(softmax(x, axis)), [((_m,), {}), ((_x,), {"axis": 0})]
    ),
    "softmax_cross_entropy_with_logits": Row(
        cross_entropy, [((softmax(_m), _m * 2), {})], loose={"bfloat16": (5e-2, 5e-2)}
    ),
    "sparse_softmax_cross_entropy_with_logits": Row(
        lambda labels, logits: cross_entropy(np.eye(4)[labels], logits),
        [((_index, _m), {})],
        fixed=[0],
        raises=[(lambda f, c: f(labels=[0, 5, 1], logits=c(_m)), r"5.*\[0, 4\)")],
    ),
    "sigmoid_cross_entropy_with_logits": Row(
        lambda labels, logits: np.logaddexp(logits, 0) - labels * logits,
        [((softmax(_m), _m * 2), {})],
        raises=[(lambda f, c: f(labels=c(_m), logits=c(_row)), "same shape")],
    ),
}
