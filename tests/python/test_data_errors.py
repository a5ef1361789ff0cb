"""Datasets go on after errors as TensorFlow's do.

parity/dataset_errors.json holds what TensorFlow 2.21 gave for these pipelines: the elements that an
iterator gives when it is asked on after each error, "E" for an error. What ignore_errors gives is
the same without the errors.
"""

import json
import pathlib

import numpy as np
import pytest

import pyten as tf

RECORDED = json.loads(
    (pathlib.Path(__file__).parent / "parity" / "dataset_errors.json").read_text()
)
D = tf.data.Dataset


def fails_at(*values):
    """The identity on int64, except that these values raise InvalidArgumentError."""

    def check(i):
        hit = tf.reduce_any(tf.equal(tf.cast(i, tf.int64), tf.constant(values, tf.int64)))
        x = tf.where(hit, tf.constant(np.nan, tf.float32), tf.cast(i, tf.float32))
        return tf.cast(tf.debugging.check_numerics(x, "bad"), tf.int64)

    return check


bad = fails_at(3, 4, 7)


def source(n=12, check=bad):
    return D.range(n).map(check)


def windows(*args, **kwargs):
    return lambda: source().window(*args, **kwargs).flat_map(lambda w: w.batch(9))


def numbers_of(x):
    return D.range(3).map(lambda y: y + 10 * x)


def interleaved(cycle, block):
    return {
        "outer": lambda: source().interleave(numbers_of, cycle, block),
        "function": lambda: D.range(8).interleave(lambda x: D.range(bad(x) % 3), cycle, block),
        "inner": lambda: D.range(4).interleave(
            lambda x: D.range(5).map(lambda y: bad(x + y)), cycle, block
        ),
    }


CHOICES = np.array([0, 1, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1])


def choices():
    return D.from_tensor_slices(tf.constant(CHOICES, tf.int64))


CASES = {
    **{f"batch{n}": lambda n=n: source().batch(n) for n in (1, 2, 3, 5)},
    "batch5drop": lambda: source().batch(5, drop_remainder=True),
    "batch of options": lambda: source().with_options(tf.data.Options()).batch(2),
    "batch of batch": lambda: D.range(12).batch(3).map(lambda b: tf.map_fn(bad, b)),
    "batch of ignored": lambda: source().ignore_errors().batch(3),
    "batch, shapes differ": lambda: (
        D.range(6).map(lambda x: tf.ones([tf.where(tf.equal(x, 2), 2, 1)], tf.int64)).batch(2)
    ),
    "padded, too large": lambda: (
        D.range(6)
        .map(lambda x: tf.ones([tf.where(tf.equal(x, 2), 5, 1)], tf.int64))
        .padded_batch(2, [3])
    ),
    **{f"padded{n}": lambda n=n: source().padded_batch(n) for n in (1, 2, 3, 5)},
    **{f"take{n}": lambda n=n: source().take(n) for n in (2, 5, 7, 9)},
    **{f"skip{n}": lambda n=n: source().skip(n) for n in (1, 3, 4, 5)},
    **{
        f"shard{n}_{i}": lambda n=n, i=i: source().shard(n, i)
        for n, i in ((2, 0), (2, 1), (3, 1), (4, 3), (5, 2))
    },
    "skip, take": lambda: source().skip(3).take(4),
    "take, skip": lambda: source().take(9).skip(2),
    "batch, take": lambda: source().batch(2).take(4),
    **{f"shuffle{n}": lambda n=n: source().shuffle(n, seed=5) for n in (1, 2, 3, 5)},
    "batch, shuffle": lambda: source().batch(2).shuffle(3, seed=7),
    "shuffle, batch": lambda: source().shuffle(3, seed=7).batch(2),
    "shuffle, repeat": lambda: source().shuffle(3, seed=7).repeat(2),
    "repeat": lambda: source().repeat(2),
    "repeat, take": lambda: source().repeat().take(20),
    "repeat, first": lambda: source(check=fails_at(0)).repeat(2),
    "repeat, last": lambda: source(check=fails_at(11)).repeat(2),
    "repeat, all": lambda: source(3, fails_at(0, 1, 2)).repeat(2),
    "rebatch1": lambda: source().batch(2).rebatch(1),
    "rebatch3": lambda: source().batch(2).rebatch(3),
    "rebatch by turns": lambda: source().batch(2).rebatch([1, 2]),
    "unbatch": lambda: D.range(12).batch(2).map(lambda b: tf.map_fn(bad, b)).unbatch(),
    "window3": windows(3),
    "window2 by 1": windows(2, 1),
    "window3 by 1": windows(3, 1),
    "window5 by 1": windows(5, 1, drop_remainder=True),
    "window1 by 3": windows(1, 3, 2),
    "window2 by 3": windows(2, 3, 2),
    "window3 by 3": windows(3, 3, 2),
    "groups of 2": lambda: source().group_by_window(lambda x: x % 2, lambda k, g: g.batch(5), 2),
    "groups, key": lambda: D.range(12).group_by_window(
        lambda x: bad(x) % 2, lambda k, g: g.batch(5), 3
    ),
    "groups, reduced": lambda: D.range(12).group_by_window(
        lambda x: x % 3, lambda k, g: g.map(bad), 2
    ),
    "buckets": lambda: (
        source()
        .map(lambda x: tf.ones([x % 4], tf.int64))
        .bucket_by_sequence_length(tf.size, [2, 3], [2, 2, 2])
    ),
    "take_while": lambda: D.range(12).take_while(lambda x: bad(x) < 9),
    "concatenate": lambda: source().concatenate(source(5)),
    "concatenate, last": lambda: source(check=fails_at(11)).concatenate(D.range(3)),
    "cache": lambda: source().cache(),
    "prefetch": lambda: source().prefetch(2),
    "map": lambda: source().map(fails_at(5, 6)),
    "filter": lambda: D.range(12).filter(lambda x: bad(x) % 2 == 0),
    "flat_map, outer": lambda: source().flat_map(lambda x: D.range(2).map(lambda y: y + x)),
    "flat_map, function": lambda: D.range(12).flat_map(lambda x: D.range(bad(x) % 4)),
    "flat_map, inner": lambda: D.range(3).flat_map(lambda x: D.range(6).map(lambda y: bad(x + y))),
    **{
        f"interleave{c}_{b}, {where}": make
        for c, b in ((1, 1), (2, 1), (2, 2), (3, 2))
        for where, make in interleaved(c, b).items()
    },
    "enumerate": lambda: source().enumerate(),
    "scan, before": lambda: source().scan(np.int64(0), lambda s, x: (s + x, s + x)),
    "scan, function": lambda: D.range(12).scan(np.int64(0), lambda s, x: (s + bad(x), s + x)),
    "unique": lambda: D.range(12).map(lambda x: bad(x) % 5).unique(),
    "zip, first": lambda: D.zip((source(), D.range(12))),
    "zip, second": lambda: D.zip((D.range(12), source())),
    "zip, both": lambda: D.zip((source(), source(check=fails_at(4, 5)))),
    "zip, short": lambda: D.zip((D.range(5), source())),
    "choose": lambda: D.choose_from_datasets([source(), D.range(20, 30)], choices()),
    "choose, all": lambda: D.choose_from_datasets(
        [source(), D.range(20, 24)], choices(), stop_on_empty_dataset=False
    ),
    "choose, choice": lambda: D.choose_from_datasets(
        [D.range(10), D.range(20, 30)], D.range(12).map(lambda x: bad(x) % 2)
    ),
    "sample": lambda: D.sample_from_datasets([source(), source()], weights=[1.0, 0.0], seed=3),
    "counter": lambda: D.counter().map(bad).take(9),
}


def plain(element):
    if isinstance(element, (tuple, list)):
        return [plain(part) for part in element]
    return np.asarray(element).tolist()


def asked_on(dataset, most=60):
    found, stream = [], iter(dataset)
    for _ in range(most):
        try:
            found.append(plain(next(stream)))
        except StopIteration:
            break
        except tf.errors.OpError:
            found.append("E")
    return found


@pytest.mark.parametrize("name", CASES)
def test_goes_on_as_tensorflow_does(name):
    assert asked_on(CASES[name]()) == RECORDED[name]
    good = [element for element in RECORDED[name] if element != "E"]
    assert [plain(element) for element in CASES[name]().ignore_errors()] == good


def test_every_recorded_pipeline_is_run():
    assert list(RECORDED) == list(CASES)


def test_a_cache_keeps_what_could_be_computed():
    d = source().cache()
    assert asked_on(d).count("E") == 3
    assert asked_on(d) == [0, 1, 2, 5, 6, 8, 9, 10, 11]


def test_a_group_whose_reduction_fails_is_left_out():
    d = D.range(12).group_by_window(lambda x: x % 5, lambda k, g: g.batch(bad(k) + 1), 2)
    assert asked_on(d).count("E") == 2  # keys 3 and 4; TensorFlow asks for the same group forever


def test_the_element_spec_is_that_of_an_element_without_error():
    assert source(check=fails_at(0, 1)).element_spec == tf.TensorSpec((), tf.int64)


def test_other_errors_are_not_ignored():
    def fails(x):
        if int(x) == 1:
            raise KeyError("mine")
        return x

    stream = iter(D.range(3).map(fails).ignore_errors())
    assert int(next(stream)) == 0
    with pytest.raises(KeyError, match="mine"):
        next(stream)
    assert int(next(stream)) == 2
