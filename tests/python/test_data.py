"""tf.data.Dataset against TensorFlow's results (parity/datasets.json)."""

import json
import pathlib

import numpy as np
import pytest

import pyten as tf

D = tf.data.Dataset
RECORDED = json.loads((pathlib.Path(__file__).parent / "parity" / "datasets.json").read_text())


def ints(d):
    def plain(x):
        if isinstance(x, tuple):
            return tuple(plain(y) for y in x)
        return {k: plain(v) for k, v in x.items()} if isinstance(x, dict) else x.numpy().tolist()

    return [plain(x) for x in d]


def two(d):
    return [ints(d), ints(d)]


CASES = {
    "shuffle5": lambda: two(D.range(20).shuffle(5, seed=7)),
    "shuffle_all": lambda: two(D.range(10).shuffle(20, seed=3)),
    "shuffle_noresh": lambda: two(D.range(10).shuffle(4, seed=3, reshuffle_each_iteration=False)),
    "shuffle_rep": lambda: ints(D.range(5).shuffle(5, seed=3).repeat(3)),
    "shuffle_global": lambda: (tf.random.set_seed(5), two(D.range(10).shuffle(10)))[1],
    "shuffle_global2": lambda: (tf.random.set_seed(5), two(D.range(10).shuffle(10, seed=1)))[1],
    "random": lambda: ints(D.random(seed=4).take(5)),
    "slices": lambda: ints(
        D.from_tensor_slices({"a": [1, 2, 3], "b": [[1.0], [2.0], [3.0]]}).batch(2)
    ),
    "spec": lambda: [
        str(D.from_tensor_slices(([1, 2, 3], np.ones((3, 2)))).batch(2).element_spec),
        str(D.range(3).element_spec),
        str(D.range(3).batch(2, drop_remainder=True).element_spec),
        str(D.range(3).map(lambda i: (i, tf.cast(i, tf.float32))).element_spec),
        str(D.zip((D.range(2), D.range(3))).element_spec),
        str(D.range(3).enumerate().element_spec),
    ],
    "window": lambda: [ints(w) for w in D.range(7).window(3, shift=2, stride=2)],
    "window_drop": lambda: [ints(w) for w in D.range(7).window(3, drop_remainder=True)],
    "window_flat": lambda: ints(
        D.range(7).window(3, 1, drop_remainder=True).flat_map(lambda w: w.batch(3))
    ),
    "window_tuple": lambda: [
        tuple(ints(x) for x in w)
        for w in D.from_tensor_slices(([1, 2, 3], [4.0, 5.0, 6.0])).window(2)
    ],
    "interleave": lambda: ints(
        D.range(1, 6).interleave(
            lambda x: D.from_tensors(x).repeat(6), cycle_length=2, block_length=4
        )
    ),
    "interleave2": lambda: ints(
        D.range(1, 8).interleave(lambda x: D.range(x), cycle_length=3, block_length=2)
    ),
    "scan": lambda: ints(D.range(5).scan(np.int64(0), lambda s, x: (s + x, s + x))),
    "reduce": lambda: D.range(5).reduce(np.int64(0), lambda s, x: s + x).numpy().tolist(),
    "reduce_tuple": lambda: [
        t.numpy().tolist()
        for t in D.from_tensor_slices(([1.0, 2.0], [3.0, 4.0])).reduce(
            (0.0, 0.0), lambda s, e: (s[0] + e[0], s[1] + e[1])
        )
    ],
    "padded": lambda: ints(
        D.range(1, 5).map(lambda x: tf.fill([tf.cast(x, tf.int32)], x)).padded_batch(2)
    ),
    "padded2": lambda: ints(
        D.range(1, 5)
        .map(lambda x: tf.fill([tf.cast(x, tf.int32)], x))
        .padded_batch(2, padded_shapes=[5], padding_values=np.int64(-1))
    ),
    "group": lambda: ints(
        D.range(10).group_by_window(lambda x: x % 2, lambda k, d: d.batch(5), window_size=3)
    ),
    "bucket": lambda: ints(
        D.from_generator(
            lambda: iter(
                [
                    [0],
                    [1, 2, 3, 4],
                    [5, 6, 7],
                    [7, 8, 9, 10, 11],
                    [13, 14, 15, 16, 19, 20],
                    [21, 22],
                ]
            ),
            tf.int64,
            output_shapes=[None],
        ).bucket_by_sequence_length(
            lambda e: tf.shape(e)[0], bucket_boundaries=[3, 5], bucket_batch_sizes=[2, 2, 2]
        )
    ),
    "choose": lambda: ints(
        D.choose_from_datasets([D.range(3), D.range(10, 15)], D.range(2).repeat(4))
    ),
    "choose_no": lambda: ints(
        D.choose_from_datasets(
            [D.range(2), D.range(10, 15)], D.range(2).repeat(5), stop_on_empty_dataset=False
        )
    ),
    "unique": lambda: ints(D.from_tensor_slices([1, 37, 2, 37, 2, 1]).unique()),
    "rebatch": lambda: ints(D.range(7).batch(3).rebatch(2)),
    "rebatch2": lambda: ints(D.range(8).batch(4).rebatch([2, 1, 1])),
    "unbatch": lambda: ints(D.range(7).batch(3).unbatch()),
    "shard": lambda: ints(D.range(10).shard(3, 1)),
    "lens": lambda: [
        len(D.range(10).batch(3)),
        len(D.range(10).skip(3).take(9)),
        len(D.range(4).repeat(3)),
        len(D.range(4).window(3)),
        len(D.range(4).concatenate(D.range(2))),
    ],
    "cards": lambda: [
        int(d.cardinality())
        for d in (
            D.range(3).repeat(),
            D.range(4).filter(lambda x: x > 1),
            D.range(4).repeat().take(3),
            D.range(3).repeat(0),
            D.from_generator(lambda: iter([1]), tf.int32),
            D.range(5).batch(2).unbatch(),
            D.range(5).flat_map(lambda x: D.range(2)),
            D.zip(D.range(3), D.range(5)),
            D.range(9).window(3, 2),
            D.range(9).window(3, 2, drop_remainder=True),
            D.range(0).repeat(),
            D.range(4).filter(lambda x: x > 1).take(0),
            D.range(4).take_while(lambda x: x < 2),
            D.range(4).interleave(lambda x: D.range(2)),
            D.range(3).cache(),
            D.range(3).enumerate(),
            D.range(7).batch(2).rebatch(3),
            D.choose_from_datasets([D.range(3)], D.range(1).repeat(2)),
            D.range(4).filter(lambda x: x > 1).repeat(),
            D.range(4).filter(lambda x: x > 1).repeat(2).batch(2),
            D.range(4).unique(),
            D.range(3).repeat().concatenate(D.range(2)),
            D.range(3).repeat().skip(3),
            D.range(3).skip(-1),
            D.range(3).repeat().shard(2, 0),
            D.range(5).group_by_window(lambda x: x, lambda k, d: d, window_size=2),
            D.random(1),
            D.counter(),
        )
    ],
    "gen": lambda: ints(
        D.from_generator(
            lambda n: ((i, float(i)) for i in range(n)),
            args=(3,),
            output_signature=(tf.TensorSpec((), tf.int32), tf.TensorSpec((), tf.float32)),
        )
    ),
    "enum": lambda: ints(D.from_tensor_slices([5, 6]).enumerate(3)),
    "nestmap": lambda: ints(
        D.from_tensor_slices(([1, 2], [3, 4])).map(lambda a, b: {"s": a + b, "d": a - b})
    ),
    "retlist": lambda: ints(D.range(3).map(lambda x: [x, x + 1])),
    "takewhile": lambda: ints(D.range(10).take_while(lambda x: x < 4)),
    "concat": lambda: ints(D.range(3).concatenate(D.range(7, 9))),
    "getsingle": lambda: D.from_tensors([1, 2]).get_single_element().numpy().tolist(),
    "cache": lambda: ints(D.range(3).cache().repeat(2)),
    "negskip": lambda: [ints(D.range(3).take(-1)), ints(D.range(3).skip(-1))],
}


@pytest.mark.parametrize("name", CASES)
def test_datasets_are_tensorflows(name):
    tf.random.set_seed(5 if name == "random" else None)
    assert repr(CASES[name]()) == RECORDED[name]


def test_batches_of_shuffled_rows_hold_every_row_once():
    x = np.arange(20000.0).reshape(1000, 20)
    d = D.from_tensor_slices((x, np.arange(1000))).shuffle(1000).batch(64)
    assert len(d) == 16
    for _ in range(2):
        rows, numbers = (np.concatenate(part) for part in zip(*d.as_numpy_iterator(), strict=True))
        np.testing.assert_array_equal(rows, x[numbers])
        assert sorted(numbers) == list(range(1000)) and not (np.diff(numbers) == 1).all()


def test_cache_computes_once():
    calls = []
    d = D.range(3).map(lambda i: calls.append(1) or i).cache()
    assert ints(d) == ints(d) == [0, 1, 2] and len(calls) == 3
    with pytest.raises(tf.errors.UnimplementedError, match="leave filename empty"):
        d.cache("file")


def test_iteration_can_be_nested():
    d = D.range(2)
    assert [(int(a), int(b)) for a in d for b in d] == [(0, 0), (0, 1), (1, 0), (1, 1)]


@pytest.mark.parametrize(
    ("make", "kind", "match"),
    [
        (lambda: len(D.range(3).repeat()), TypeError, "The dataset is infinite."),
        (lambda: len(D.range(3).filter(bool)), TypeError, "The dataset length is unknown."),
        (lambda: D.from_tensor_slices(3), ValueError, "only supported for rank >= 1"),
        (lambda: D.from_tensor_slices(([1, 2], [1, 2, 3])), ValueError, "2 and 3 are not comp"),
        (lambda: D.range(3).batch(0), tf.errors.InvalidArgumentError, "batch_size must be at"),
        (lambda: D.range(3).shuffle(0), tf.errors.InvalidArgumentError, "greater than zero"),
        (lambda: D.range(0).get_single_element(), tf.errors.InvalidArgumentError, "was empty"),
        (lambda: D.range(2).get_single_element(), tf.errors.InvalidArgumentError, "more than one"),
        (lambda: D.range(3).shard(2, 2), tf.errors.InvalidArgumentError, "got 2 of 2"),
        (lambda: D.zip(3), TypeError, "Invalid input to `zip`"),
        (lambda: D(3), TypeError, "use Dataset.from_tensor_slices"),
        (
            lambda: ints(D.range(1, 3).map(tf.ones).batch(2)),
            tf.errors.InvalidArgumentError,
            "Cannot batch tensors with different shapes",
        ),
        (
            lambda: ints(
                D.from_generator(lambda: "a", output_signature=tf.TensorSpec((), "int32"))
            ),
            tf.errors.InvalidArgumentError,
            "did not match the expected structure or type, int32: 'a'",
        ),
    ],
)
def test_wrong_use(make, kind, match):
    with pytest.raises(kind, match=match):
        make()


def test_ignore_errors_goes_on_after_the_error():
    def check(x):
        return tf.debugging.check_numerics(x, "bad")

    d = tf.data.Dataset.from_tensor_slices([1.0, np.nan, 3.0, np.inf, 5.0])
    assert [float(x) for x in d.map(check).ignore_errors()] == [1, 3, 5]
    kept = d.filter(lambda x: check(x) > 1).map(lambda x: x * 2).ignore_errors()
    assert [float(x) for x in kept] == [6, 10]
    with pytest.raises(tf.errors.InvalidArgumentError, match="bad"):
        list(d.map(check))


def test_a_dataset_without_weight_is_never_drawn_nor_waited_for():
    parts = [D.range(3), D.range(10, 13)]
    assert ints(D.sample_from_datasets(parts, weights=[1.0, 0.0], seed=3)) == [0, 1, 2]
    assert ints(D.sample_from_datasets(parts, weights=[0.0, 0.0], seed=3)) == [0, 1, 2]
