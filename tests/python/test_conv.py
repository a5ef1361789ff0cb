"""Convolutions and pooling as users call them: every combination of options, and mistakes."""

from __future__ import annotations

import itertools
import subprocess
import sys

import numpy as np
import pytest
from gradient_check import check_gradients
from op_table import conv as naive

import pyten as tf

LAYOUTS = {1: ("NWC", "NCW"), 2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}


def sizes_and_pads(inputs, window, strides, dilations, padding):
    """By the definition of the paddings, counted out place by place."""
    sizes, pads = [], []
    for i, (n, k, s, d) in enumerate(zip(inputs, window, strides, dilations, strict=True)):
        reach = (k - 1) * d + 1
        if padding == "SAME":
            size = len(range(0, n, s))
            before = max((size - 1) * s + reach - n, 0) // 2
        else:
            before, after = (0, 0) if padding == "VALID" else padding[i + 1]
            size = len(range(0, n + before + after - reach + 1, s))
        sizes.append(size)
        pads.append(before)
    return sizes, pads


def second(x):
    return np.moveaxis(x, -1, 1)


def cases():
    for axes, stride, dilation, groups, padding in itertools.product(
        (1, 2, 3), (1, 2, 3), (1, 2), (1, 2), ("SAME", "VALID", "EXPLICIT")
    ):
        if padding == "EXPLICIT":
            padding = [[0, 0], *[[1, 2], [0, 1], [2, 0]][:axes], [0, 0]]
        yield axes, stride, dilation, groups, padding


@pytest.mark.parametrize("layout", [0, 1])
@pytest.mark.parametrize(("axes", "stride", "dilation", "groups", "padding"), list(cases()))
def test_convolution_against_loops(axes, stride, dilation, groups, padding, layout):
    inputs, window = [6, 5, 4][:axes], [3, 2, 2][:axes]
    strides, dilations = [stride, 1, 2][:axes], [dilation, 1, 2][:axes]
    x = naive.numbers((2, *inputs, 4), 1)
    f = naive.numbers((*window, 4 // groups, 6), 2)
    sizes, pads = sizes_and_pads(inputs, window, strides, dilations, padding)
    want = naive.conv(x, f, strides, dilations, pads, sizes, groups)
    dy = naive.numbers(want.shape, 3)
    want_dx = naive.conv_input_gradient(dy, f, strides, dilations, pads, inputs, groups)
    want_df = naive.conv_filter_gradient(x, dy, strides, dilations, pads, window, groups)
    turn = second if layout else lambda a: a
    if layout and not isinstance(padding, str):
        padding = [padding[0], padding[-1], *padding[1:-1]]
    a, b = tf.constant(turn(x)), tf.constant(f)
    with tf.GradientTape() as tape:
        tape.watch([a, b])
        y = tf.nn.convolution(a, b, strides, padding, LAYOUTS[axes][layout], dilations)
    np.testing.assert_allclose(y, turn(want), rtol=1e-10, atol=1e-10)
    dx, df = tape.gradient(y, [a, b], output_gradients=tf.constant(turn(dy)))
    np.testing.assert_allclose(dx, turn(want_dx), rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(df, want_df, rtol=1e-10, atol=1e-10)
    if padding in ("SAME", "VALID") and 0 not in sizes:
        back = tf.nn.conv_transpose(
            turn(dy), b, turn(x).shape, strides, padding, LAYOUTS[axes][layout], dilations
        )
        np.testing.assert_allclose(back, dx, rtol=1e-12)


@pytest.mark.parametrize("kind", ["max", "avg"])
@pytest.mark.parametrize("layout", [0, 1])
@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_pooling_against_loops(kind, axes, padding, layout):
    inputs, window, strides = [6, 5, 4][:axes], [3, 2, 2][:axes], [2, 1, 2][:axes]
    x = naive.numbers((2, *inputs, 3), 4)
    ones = [1] * axes
    sizes, pads = sizes_and_pads(inputs, window, strides, ones, padding)
    want = getattr(naive, {"max": "max_pool", "avg": "average_pool"}[kind])(
        x, window, strides, ones, pads, sizes
    )
    want = want[0] if kind == "max" else want
    turn = second if layout else lambda a: a
    f = getattr(tf.nn, f"{kind}_pool{axes}d")

    def pooled(t):
        return f(t, window, strides, padding, LAYOUTS[axes][layout])

    np.testing.assert_allclose(pooled(turn(x)), turn(want), rtol=1e-12)
    check_gradients(lambda t: pooled(t) ** 3, [turn(x)], order=3 if axes == 2 else 2)


def test_maximum_goes_to_the_first_of_equals_and_nan_wins():
    x = tf.ones((1, 2, 2, 1))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.nn.max_pool2d(x, 2, 1, "VALID")
    np.testing.assert_array_equal(np.ravel(tape.gradient(y, x)), [1, 0, 0, 0])
    x = np.array([1.0, np.nan, np.nan, 5.0]).reshape(1, 4, 1)
    np.testing.assert_array_equal(np.ravel(tf.nn.max_pool1d(x, 2, 2, "VALID")), [np.nan, np.nan])


@pytest.mark.parametrize("batch_index", [False, True])
def test_argmax(batch_index):
    x = naive.numbers((2, 4, 5, 3))
    y, at = tf.nn.max_pool_with_argmax(x, 2, 2, "SAME", include_batch_in_index=batch_index)
    assert at.dtype == tf.int64
    flat = x.reshape(-1) if batch_index else x.reshape(2, -1)
    for n in range(2):
        np.testing.assert_array_equal((flat if batch_index else flat[n])[at[n].numpy()], y[n])


def test_depthwise_and_separable():
    x, f = naive.numbers((2, 5, 4, 3)), naive.numbers((3, 2, 3, 2), 1)
    mix = naive.numbers((1, 1, 6, 4), 2)
    strides = [1, 2, 2, 1]

    def depthwise(x, f):
        return tf.nn.depthwise_conv2d(x, f, strides, "SAME")

    got = depthwise(x, f).numpy()
    for c in range(3):
        want = tf.nn.conv2d(x[..., c : c + 1], f[:, :, c : c + 1], strides, "SAME")
        np.testing.assert_allclose(got[..., 2 * c : 2 * c + 2], want, rtol=1e-12)
    check_gradients(depthwise, [x, f])
    separable = tf.nn.separable_conv2d(x, f, mix, strides, "SAME")
    np.testing.assert_allclose(separable, got @ mix[0, 0], rtol=1e-12)


def test_blocks_dilation_and_normalisation():
    x = naive.numbers((1, 4, 4, 4))
    np.testing.assert_array_equal(tf.nn.depth_to_space(tf.nn.space_to_depth(x, 2), 2), x)
    assert tf.nn.space_to_depth(x, 2)[0, 0, 0, 4] == x[0, 0, 1, 0]
    f = naive.numbers((2, 3, 4), 1)
    options = ([1, 2, 1, 1], "SAME", "NHWC", [1, 1, 2, 1])
    for g in (tf.nn.dilation2d, tf.nn.erosion2d):
        check_gradients(lambda x, f, g=g: g(x, f, *options) ** 3, [x, f])
    y = tf.nn.layer_normalization(x, scale=2.0, offset=1.0, axis=[1, 2], epsilon=0.0).numpy()
    np.testing.assert_allclose(y.mean((1, 2)), 1, rtol=1e-12)
    np.testing.assert_allclose(y.std((1, 2)), 2, rtol=1e-12)
    check_gradients(lambda x: tf.nn.layer_normalization(x) ** 2, [x])
    check_gradients(lambda x: tf.nn.lrn(x, 1, 1.5, 0.5, 0.7), [x])


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_halves_are_summed_in_float32(dtype):
    x, f = tf.ones((1, 64, 64, 1), dtype), tf.ones((64, 64, 1, 1), dtype)
    assert float(tf.nn.conv2d(x, f, 1, "VALID")[0, 0, 0, 0]) == 4096
    assert float(tf.nn.avg_pool2d(x * 100, 64, 64, "VALID")[0, 0, 0, 0]) == 100


X, F = tf.ones((1, 4, 4, 2)), tf.ones((2, 2, 2, 4))
MISTAKES = [
    (lambda: tf.nn.conv2d(X[0], F, 1, "SAME"), r"conv2d: input must be 4-dim.*\(4, 4, 2\).*expand"),
    (lambda: tf.nn.conv2d(X, F[0], 1, "SAME"), r"filter must be 4-dimensional"),
    (lambda: tf.nn.conv2d(X[..., :1], F, 1, "SAME"), r"evenly divisible by filter depth: 1 vs 2"),
    (lambda: tf.nn.conv2d(tf.ones((1, 4, 4, 6)), F, 1, "SAME"), r"number of groups: 4 vs 3"),
    (lambda: tf.nn.conv2d(X, F, 1, "same"), r"padding must be 'SAME', 'VALID'.*'same'"),
    (lambda: tf.nn.conv2d(X, F, 0, "SAME"), r"Stride must be > 0.*strides=0"),
    (lambda: tf.nn.conv2d(X, F, [1, 1, 1], "SAME"), r"strides should be of length 1, 2 or 4"),
    (lambda: tf.nn.conv2d(X, F, 1, "SAME", dilations=[2, 1, 1, 1]), r"batch and depth dimensions"),
    (lambda: tf.nn.conv2d(X, F, 1, "SAME", "NHCW"), r"data_format must be 'NHWC' or 'NCHW'"),
    (lambda: tf.nn.conv2d(X, F, 1, [[0, 0]]), r"it must be of size 4"),
    (lambda: tf.nn.conv2d(X, F, 1, [1, 1]), r"list/tuple of size 2"),
    (lambda: tf.nn.conv2d(X, tf.ones((7, 7, 2, 1)), 1, "VALID"), r"output size would be negative"),
    (lambda: tf.nn.conv2d(X, tf.cast(F, tf.float64), 1, "SAME"), r"float32.*float64"),
    (lambda: tf.nn.conv2d(tf.cast(X, tf.int64), tf.cast(F, tf.int64), 1, "SAME"), r"int64"),
    (lambda: tf.nn.conv2d_transpose(X, F, (1, 4, 4, 2), 1), r"\[\.\.\., output channels, input"),
    (
        lambda: tf.nn.conv2d_transpose(X, tf.ones((2, 2, 3, 2)), (1, 9, 9, 3), 2),
        r"output_shape must be one that.*\(5, 5\)",
    ),
    (lambda: tf.nn.depthwise_conv2d(X, tf.ones((2, 2, 3, 1)), [1] * 4, "SAME"), r"depth: 2 vs 3"),
    (lambda: tf.nn.max_pool2d(X[0], 2, 2, "SAME"), r"max_pool2d: input must be 4-dimensional"),
    (lambda: tf.nn.max_pool2d(X, 0, 2, "SAME"), r"ksize must be > 0"),
    (lambda: tf.nn.avg_pool2d(tf.ones((1, 4, 4, 1), tf.int32), 2, 2, "SAME"), r"int32"),
    (lambda: tf.nn.max_pool2d(tf.ones((1, 4, 4, 1), tf.uint32), 2, 2, "SAME"), r"uint32"),
    (lambda: tf.nn.depth_to_space(X, 2), r"divide the channels"),
]


@pytest.mark.parametrize("i", range(len(MISTAKES)))
def test_mistakes(i):
    call, pattern = MISTAKES[i]
    with pytest.raises(tf.errors.InvalidArgumentError, match=pattern):
        call()


@pytest.mark.parametrize("shape", [(0, 4, 4, 2), (2, 0, 4, 2)])
def test_empty(shape):
    x = tf.zeros(shape)
    with tf.GradientTape() as tape:
        tape.watch([x, F])
        y = tf.nn.max_pool2d(tf.nn.conv2d(x, F, 1, "SAME"), 2, 1, "SAME")
    assert y.shape == (*shape[:3], 4)
    dx, df = tape.gradient(y, [x, F])
    assert dx.shape == shape and not df.numpy().any()


def test_results_do_not_depend_on_the_number_of_threads():
    program = """
import hashlib, numpy as np, pyten as tf
r = np.random.default_rng(0)
x = tf.constant(r.standard_normal((8, 28, 28, 16)).astype(np.float32))
digest = hashlib.sha256()
for shape, strides in (((3, 3, 16, 32), 1), ((5, 5, 4, 8), 2), ((3, 3, 1, 16), 1)):
    f = tf.constant(r.standard_normal(shape).astype(np.float32))
    with tf.GradientTape() as tape:
        tape.watch([x, f])
        y = tf.nn.max_pool2d(tf.nn.conv2d(x, f, strides, "SAME"), 2, 2, "SAME")
        z = tf.reduce_sum(tf.nn.avg_pool2d(y * y, 3, 1, "SAME"))
    for t in (y, *tape.gradient(z, [x, f])):
        digest.update(t.numpy().tobytes())
print(digest.hexdigest())
"""
    seen = {
        subprocess.run(
            [
                sys.executable,
                "-c",
                f"import os; os.environ['OMP_NUM_THREADS'] = '{n}'\n{program}",
            ],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for n in (1, 2, 5)
    }
    assert len(seen) == 1
