"""The numerics check over every row of op_table: an error exactly when a result is not finite."""

import numpy as np
import pytest
from op_table import TABLE
from test_ops import call, function, samples, wide

import pyten as tf

#: Functions that only move elements: NaN and infinity in what they are given pass through.
MOVES = {"band_part", "select"} | set(
    """
    broadcast_to concat contiguous diag diag_part expand_dims fill gather gather_nd identity
    index pad repeat reshape reverse roll scatter_nd set_diag slice sort split squeeze stack
    stop_gradient strided_slice tensor_scatter_nd_update tile top_k transpose unstack where
    """.split()
)
#: Reductions that, over no axis, give their operand back as it is.
NO_AXIS = {"reduce_sum", "reduce_mean", "reduce_prod", "reduce_max", "reduce_min"}
#: Made of several ops, each of which is checked: an infinity may stop at an earlier one.
SEVERAL_OPS = {"clip_by_value", "sparse_softmax_cross_entropy_with_logits"}
INEXACT = ("float16", "bfloat16", "float32", "float64", "complex64", "complex128")
CASES = [(n, d) for n in TABLE for d in function(n).dtypes if d in INEXACT]


def leaves(result):
    return list(result) if isinstance(result, (list, tuple)) else [result]


def finite(result):
    return all(np.all(np.isfinite(wide(np.asarray(r.numpy())))) for r in leaves(result))


def attempt(name, arrays, options):
    """The result without the check, and what the check says: an error or None."""
    tensors = [tf.constant(a) for a in arrays]
    result = call(name, tensors, options)
    error = None
    with tf.debugging.check_numerics_enabled():
        try:
            checked = call(name, tensors, options)
        except tf.errors.InvalidArgumentError as e:
            error = e
        else:
            for a, b in zip(leaves(result), leaves(checked), strict=True):
                np.testing.assert_array_equal(
                    wide(np.asarray(a.numpy())), wide(np.asarray(b.numpy()))
                )
    return result, error


def gives_back(name, result, array, options):
    """Whether the call returns its operand, made elsewhere, as it is."""
    if name == "cast":
        return result.dtype.name == np.asarray(array).dtype.name
    return name in NO_AXIS and options.get("axis") == []


def check(name, arrays, options):
    """An error exactly when the result is not finite; returns whether it was not."""
    result, error = attempt(name, arrays, options)
    given = all(np.all(np.isfinite(wide(np.asarray(a)))) for a in arrays)
    if finite(result):
        if name in SEVERAL_OPS and not given:
            return False
        assert error is None, f"{name} raised on a finite result: {error}"
        return False
    if not given and (name in MOVES or gives_back(name, result, arrays[0], options)):
        assert error is None, f"{name} only moves elements: {error}"
        return False
    assert error is not None, f"{name} let {result} through"
    assert str(error).splitlines()[0].count("Detected Infinity or NaN") == 1
    return True


def spoilt(arrays, row, value, at):
    """The arrays with one element of the first that may change replaced."""
    out = [np.array(a) for a in arrays]
    for i, a in enumerate(out):
        if i not in row.fixed and a.size:
            a.reshape(-1)[at % a.size] = value
            return out
    return None


@pytest.mark.parametrize("name, dtype", CASES)
def test_samples(name, dtype):
    for arrays, options in samples(TABLE[name], dtype):
        check(name, arrays, options)


@pytest.mark.parametrize("name, dtype", CASES)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.0, -1.0, 1e4, 3e38])
def test_spoilt_samples(name, dtype, value):
    """Poles, overflow, NaN and infinity put into each sample."""
    row = TABLE[name]
    for arrays, options in samples(row, dtype):
        for at in (0, 5):
            with np.errstate(all="ignore"):
                bad = spoilt(arrays, row, value, at)
            if bad is not None:
                try:
                    call(name, [tf.constant(a) for a in bad], options)
                except (tf.errors.OpError, ValueError):
                    continue  # refused with or without the check
                check(name, bad, options)


def test_the_sweep_meets_both():
    """Guards the tests above against passing for want of trouble."""
    assert check("log", [np.float32([0.0, 1.0])], {})
    assert not check("log", [np.float32([1.0])], {})
    assert not check("reshape", [np.float32([np.nan])], {"shape": [1, 1]})
