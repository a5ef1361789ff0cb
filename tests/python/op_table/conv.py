"""Rows of convolutions and pooling: naive loops over every place and tap."""

import itertools

import numpy as np

from op_table.row import Row


def taps(inputs, window, sizes, strides, dilations, pads):
    """(output place, tap, input place) for all that is inside."""
    for o in itertools.product(*map(range, sizes)):
        for k in itertools.product(*map(range, window)):
            i = tuple(
                a * s + b * d - p
                for a, s, b, d, p in zip(o, strides, k, dilations, pads, strict=True)
            )
            if all(0 <= a < n for a, n in zip(i, inputs, strict=True)):
                yield o, k, i


def conv(x, f, strides, dilations, pads, sizes, groups=1):
    y = np.zeros((len(x), *sizes, f.shape[-1]), np.result_type(x, f))
    a, b = f.shape[-2], f.shape[-1] // groups
    for o, k, i in taps(x.shape[1:-1], f.shape[:-2], sizes, strides, dilations, pads):
        for g in range(groups):
            y[(slice(None), *o, slice(g * b, g * b + b))] += (
                x[(slice(None), *i, slice(g * a, g * a + a))] @ f[k][:, g * b : g * b + b]
            )
    return y


def conv_input_gradient(dy, f, strides, dilations, pads, sizes, groups=1):
    a, b = f.shape[-2], f.shape[-1] // groups
    x = np.zeros((len(dy), *sizes, a * groups), np.result_type(dy, f))
    for o, k, i in taps(sizes, f.shape[:-2], dy.shape[1:-1], strides, dilations, pads):
        for g in range(groups):
            x[(slice(None), *i, slice(g * a, g * a + a))] += (
                dy[(slice(None), *o, slice(g * b, g * b + b))] @ f[k][:, g * b : g * b + b].T
            )
    return x


def conv_filter_gradient(x, dy, strides, dilations, pads, sizes, groups=1):
    a, b = x.shape[-1] // groups, dy.shape[-1] // groups
    f = np.zeros((*sizes, a, dy.shape[-1]), np.result_type(x, dy))
    for o, k, i in taps(x.shape[1:-1], sizes, dy.shape[1:-1], strides, dilations, pads):
        for g in range(groups):
            f[k][:, g * b : g * b + b] += (
                x[(slice(None), *i, slice(g * a, g * a + a))].T
                @ dy[(slice(None), *o, slice(g * b, g * b + b))]
            )
    return f


def max_pool(x, window, strides, dilations, pads, sizes):
    shape = (len(x), *sizes, x.shape[-1])
    best, place = np.full(shape, -np.inf), np.full(shape, -1, np.int32)
    flat = np.arange(x[0].size, dtype=np.int32).reshape(x.shape[1:])
    for o, _, i in taps(x.shape[1:-1], window, sizes, strides, dilations, pads):
        at, to = (slice(None), *i), (slice(None), *o)
        greater = (x[at] > best[to]) | (place[to] < 0)
        best[to] = np.where(greater, x[at], best[to])
        place[to] = np.where(greater, flat[i], place[to])
    return [best, place]


def average_pool(x, window, strides, dilations, pads, sizes):
    y, n = np.zeros((len(x), *sizes, x.shape[-1])), np.zeros((*sizes, 1))
    for o, _, i in taps(x.shape[1:-1], window, sizes, strides, dilations, pads):
        y[(slice(None), *o)] += x[(slice(None), *i)]
        n[o] += 1
    return y / np.maximum(n, 1)


def average_pool_gradient(dy, window, strides, dilations, pads, sizes):
    n = np.zeros((*dy.shape[1:-1], 1))
    x = np.zeros((len(dy), *sizes, dy.shape[-1]))
    found = list(taps(sizes, window, dy.shape[1:-1], strides, dilations, pads))
    for o, _, _ in found:
        n[o] += 1
    for o, _, i in found:
        x[(slice(None), *i)] += dy[(slice(None), *o)] / n[o]
    return x


def numbers(shape, seed=0):
    n = int(np.prod(shape))
    return np.random.default_rng(seed).permutation(np.linspace(-2, 2, n)).reshape(shape)


def options(strides, dilations, pads, sizes, **more):
    return {"strides": strides, "dilations": dilations, "pads": pads, "sizes": sizes, **more}


#: (x, filter, y) shapes and the geometry without sizes: plain, strided, dilated, grouped, depthwise,
#: of one place, of the whole input; one to three spatial axes.
GEOMETRIES = [
    ((2, 5, 3), (3, 3, 4), (2, 5, 4), ([1], [1], [1], 1)),
    ((2, 5, 4, 3), (3, 2, 3, 5), (2, 3, 2, 5), ([2, 2], [1, 1], [1, 0], 1)),
    ((1, 6, 7, 2), (2, 3, 2, 3), (1, 4, 3, 3), ([1, 1], [2, 2], [0, 0], 1)),
    ((1, 7, 6, 4), (2, 2, 2, 6), (1, 3, 3, 6), ([3, 2], [2, 1], [1, 0], 2)),
    ((2, 4, 4, 3), (2, 2, 1, 3), (2, 4, 4, 3), ([1, 1], [1, 1], [0, 0], 3)),
    ((1, 4, 5, 2), (3, 3, 1, 4), (1, 2, 3, 4), ([2, 2], [1, 1], [0, 1], 2)),
    ((2, 3, 3, 3), (1, 1, 3, 2), (2, 3, 3, 2), ([1, 1], [1, 1], [0, 0], 1)),
    ((3, 2, 2, 3), (2, 2, 3, 2), (3, 1, 1, 2), ([1, 1], [1, 1], [0, 0], 1)),
    ((1, 3, 4, 3, 2), (2, 2, 3, 2, 2), (1, 2, 2, 3, 2), ([1, 2, 1], [1, 1, 1], [0, 0, 1], 1)),
]


def rows(pick):
    samples = []
    for seed, (x, f, y, (s, d, p, g)) in enumerate(GEOMETRIES):
        (a, b), sizes = pick(x, f, y)
        arrays = (numbers(a, seed), numbers(b, seed + 50))
        samples.append((arrays, options(s, d, p, list(sizes), groups=g)))
    return samples


POOL = [
    ((2, 5, 2), [2], ([2], [1], [0], [2])),
    ((2, 4, 5, 3), [2, 3], ([1, 2], [1, 1], [0, 1], [3, 3])),
    ((1, 5, 6, 2), [2, 2], ([1, 1], [2, 3], [1, 0], [5, 3])),
    ((1, 3, 4, 3, 1), [2, 2, 2], ([1, 2, 1], [1, 1, 1], [0, 0, 1], [2, 2, 3])),
]


def pool_rows():
    return [((numbers(x),), {"window": w, **options(*o)}) for x, w, o in POOL]


def pool_gradient_rows():
    return [
        (
            (numbers((x[0], *o[3], x[-1])),),
            {"window": w, **options(*o[:3], list(x[1:-1]))},
        )
        for x, w, o in POOL
    ]


#: Functions whose name starts with an underscore have the public ones' mistakes: test_conv.py.
CONV = {
    "_conv": Row(conv, rows(lambda x, f, y: ((x, f), y[1:-1]))),
    "_conv_input_gradient": Row(
        conv_input_gradient, rows(lambda x, f, y: ((y, f), x[1:-1])), order=3
    ),
    "_conv_filter_gradient": Row(conv_filter_gradient, rows(lambda x, f, y: ((x, y), f[:-2]))),
    "_max_pool": Row(max_pool, pool_rows(), order=0),
    "_average_pool": Row(average_pool, pool_rows()),
    "_average_pool_gradient": Row(average_pool_gradient, pool_gradient_rows()),
}
