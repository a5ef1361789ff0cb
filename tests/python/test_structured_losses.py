"""CTC, sampled losses, candidate samplers and moments. Constants are results of TensorFlow 2.21.0."""

from __future__ import annotations

import itertools
import types

import numpy as np
import pytest
from gradient_check import check_gradients

import pyten as tf

WAVE = np.sin(np.arange(60.0)).reshape(5, 3, 4)
LABELS = [[1, 2], [3, 3], [1, 0]]


# -- CTC --------------------------------------------------------------------------------------------
def brute_force(labels: list[int], logits: np.ndarray, blank: int) -> float:
    """-log of the sum over all alignments, each of them written out."""
    p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    total = 0.0
    for path in itertools.product(range(logits.shape[1]), repeat=len(logits)):
        merged = [c for c, _ in itertools.groupby(path)]
        if [c for c in merged if c != blank] == labels:
            total += np.prod([p[t, c] for t, c in enumerate(path)])
    return -np.log(total)


@pytest.mark.parametrize("blank", [0, 2, -1])
def test_ctc_against_all_alignments(blank: int) -> None:
    x = np.random.default_rng(0).standard_normal((5, 6, 3))
    others = [c for c in range(3) if c != blank % 3]
    a, b = others
    rows = [[a, b, a], [a, a, b], [b, b, b], [a, 0, 0], [0, 0, 0], [b, a, 0]]
    lengths, frames = [3, 3, 3, 1, 0, 2], [5, 5, 5, 4, 3, 2]
    want = [
        brute_force(r[:n], x[:t, i], blank % 3)
        for i, (r, n, t) in enumerate(zip(rows, lengths, frames, strict=True))
    ]
    got = tf.nn.ctc_loss(rows, x, lengths, frames, blank_index=blank)
    np.testing.assert_allclose(got, want, rtol=1e-12)
    minor = tf.nn.ctc_loss(
        rows, x.transpose(1, 0, 2), lengths, frames, logits_time_major=False, blank_index=blank
    )
    np.testing.assert_array_equal(minor, got)
    check_gradients(lambda t: tf.nn.ctc_loss(rows, t, lengths, frames, blank_index=blank) ** 2, [x])


def test_ctc_against_tensorflow() -> None:
    x = WAVE.astype("float32")
    loss = tf.nn.ctc_loss(LABELS, x, [2, 2, 1], [5, 5, 4])
    np.testing.assert_allclose(loss, [4.292839, 3.3009288, 2.0212348], rtol=1e-6)
    loss = tf.nn.ctc_loss([[1, 2], [2, 2], [1, 0]], x, [2, 2, 0], [5, 5, 4], blank_index=-1)
    np.testing.assert_allclose(loss, [2.1487646, 5.965012, 9.474068], rtol=1e-6)
    unique = tf.nn.ctc_unique_labels(LABELS)
    loss = tf.nn.ctc_loss(LABELS, x, [2, 2, 1], [5, 5, 4], unique=unique)
    np.testing.assert_allclose(loss, [4.292839, 3.3009288, 2.0212348], rtol=1e-6)
    x = tf.constant(np.sin(np.arange(24.0)).reshape(4, 2, 3), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.nn.ctc_loss([[1, 2], [1, 0]], x, [2, 1], [4, 3])
        z = y * [1.0, 2.0]
    np.testing.assert_allclose(y, [1.3780017, 1.0665119], rtol=1e-6)
    want = [
        [[-0.01003517, -0.41782182, 0.42785695], [-0.04465938, -0.33787429, 0.38253382]],
        [[0.01591513, -0.18538809, 0.16947302], [0.1988008, -0.49809879, 0.29929802]],
        [[0.03440674, 0.14267801, -0.17708474], [0.0345583, -0.28542602, 0.25086778]],
        [[-0.014201, 0.28160563, -0.26740462], [0.0, 0.0, 0.0]],
    ]
    np.testing.assert_allclose(tape.gradient(z, x), want, atol=1e-6)


def test_ctc_sparse_labels_and_few_frames() -> None:
    sparse = types.SimpleNamespace(
        indices=[[0, 0], [0, 1], [1, 0], [1, 1], [2, 0]], values=[1, 2, 3, 3, 1], dense_shape=[3, 2]
    )
    dense = tf.nn.ctc_loss(LABELS, WAVE, [2, 2, 1], [5, 5, 4])
    np.testing.assert_array_equal(tf.nn.ctc_loss(sparse, WAVE, None, [5, 5, 4]), dense)
    x = tf.constant(WAVE)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.nn.ctc_loss(LABELS, x, [2, 2, 1], [2, 2, 1])
    assert np.isinf(loss.numpy()).tolist() == [False, True, False]
    gradient = tape.gradient(loss, x).numpy()
    assert np.isfinite(gradient).all() and (gradient[:, 1] == 0).all()
    assert (gradient[2:] == 0).all() and (gradient[:2, 0] != 0).all()
    silent = tf.nn.ctc_loss(LABELS, WAVE, [0, 1, 0], [0, 0, 1]).numpy()
    assert silent[0] == 0 and np.isinf(silent[1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"logits": tf.ones((5, 3))}, "logits must have rank 3"),
        ({"logits": tf.ones((5, 3, 4), tf.int32)}, "logits must be float32 or float64, got int32"),
        ({"labels": [[1, 9], [3, 3], [1, 0]]}, r"labels must lie in \[0, 4\)"),
        ({"labels": [[1.0]]}, "labels must be integers, got float32"),
        ({"labels": [[1]]}, r"labels must have shape \(3, most labels\)"),
        ({"label_length": [3, 1, 1]}, r"label_length must lie in \[0, 2\]"),
        ({"label_length": None}, "label_length must be given"),
        ({"logit_length": [6, 1, 1]}, r"logit_length must lie in \[0, 5\]"),
        ({"logit_length": [5]}, r"logit_length must have shape \(3,\)"),
        ({"blank_index": 4}, "blank_index=4 is no class of 4"),
    ],
)
def test_ctc_refuses(change: dict, message: str) -> None:
    arguments = {
        "labels": LABELS,
        "logits": WAVE,
        "label_length": [2, 2, 1],
        "logit_length": [5, 5, 4],
    }
    with pytest.raises(ValueError, match="ctc_loss: " + message):
        tf.nn.ctc_loss(**{**arguments, **change})


# -- Candidates -------------------------------------------------------------------------------------
def test_samplers_draw_tensorflows_numbers() -> None:
    tf.random.set_seed(1)
    drawn = tf.random.log_uniform_candidate_sampler([[1], [3]], 1, 4, True, 10, seed=3)
    assert drawn.sampled_candidates.numpy().tolist() == [0, 5, 6, 1]
    np.testing.assert_allclose(drawn.true_expected_count, [[0.60393685], [0.38638303]], rtol=1e-6)
    want = [0.8183857, 0.2826749, 0.24910359, 0.60393685]
    np.testing.assert_allclose(drawn.sampled_expected_count, want, rtol=1e-6)
    tf.random.set_seed(1)
    drawn = tf.random.log_uniform_candidate_sampler([[1], [3]], 1, 6, False, 10)
    assert drawn[0].numpy().tolist() == [1, 0, 1, 5, 0, 0]
    np.testing.assert_allclose(drawn[1], [[1.0145526], [0.55834854]], rtol=1e-6)
    tf.random.set_seed(1)
    drawn = tf.random.uniform_candidate_sampler([[1], [3]], 1, 6, True, 10, seed=3)
    assert drawn[0].numpy().tolist() == [9, 3, 1, 6, 5, 7]
    np.testing.assert_allclose(drawn[2], [0.5217031] * 6, rtol=1e-6)
    tf.random.set_seed(1)
    drawn = tf.random.uniform_candidate_sampler([[1], [3]], 1, 6, False, 8, seed=3)
    assert drawn[0].numpy().tolist() == [7, 7, 7, 6, 2, 5]
    tf.random.set_seed(1)
    rows = [
        tf.random.uniform_candidate_sampler([[1]], 1, 3, False, 10, seed=3)[0] for _ in range(3)
    ]
    assert [r.numpy().tolist() for r in rows] == [[9, 3, 1], [7, 8, 1], [0, 7, 5]]
    drawn = tf.random.all_candidate_sampler([[1], [3]], 1, 5, True)
    assert drawn[0].numpy().tolist() == [0, 1, 2, 3, 4]
    assert drawn[1].shape == (2, 1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tf.random.uniform_candidate_sampler([[1]], 1, 6, True, 5), "cannot draw 6"),
        (lambda: tf.random.uniform_candidate_sampler([[1]], 2, 6, False, 5), "num_true=2"),
        (
            lambda: tf.random.log_uniform_candidate_sampler([[7]], 1, 6, False, 5),
            r"lie in \[0, 5\)",
        ),
        (
            lambda: tf.random.log_uniform_candidate_sampler([[0.5]], 1, 6, False, 5),
            "integers, got float32",
        ),
    ],
)
def test_samplers_refuse(call: object, message: str) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        call()


def test_accidental_hits() -> None:
    rows, places, weights = tf.nn.compute_accidental_hits([[1, 2], [3, 0]], [0, 3, 2, 5], 2)
    assert list(zip(rows.numpy().tolist(), places.numpy().tolist())) == [(0, 2), (1, 1), (1, 0)]
    assert (weights.numpy() == np.finfo(np.float32).min).all() and weights.dtype == "float32"


# -- Sampled losses ---------------------------------------------------------------------------------
W = np.sin(np.arange(40.0)).reshape(10, 4)
B = np.cos(np.arange(10.0))
X = np.cos(np.arange(8.0)).reshape(2, 4)


def test_sampled_losses_against_tensorflow() -> None:
    w, b, x = (a.astype("float32") for a in (W, B, X))
    tf.random.set_seed(1)
    loss = tf.nn.nce_loss(w, b, [[1], [3]], x, 3, 10)
    np.testing.assert_allclose(loss, [6.933143, 5.652578], rtol=1e-5)
    tf.random.set_seed(1)
    loss = tf.nn.sampled_softmax_loss(w, b, [[1], [3]], x, 3, 10, seed=4)
    np.testing.assert_allclose(loss, [4.603921, 1.0956483], rtol=1e-5)


DRAWN = ([0, 3, 2], [[0.5], [0.3]], [0.5, 0.2, 0.3])
DRAWN_2 = ([0, 3, 2], [[0.5, 0.1], [0.3, 0.2]], [0.5, 0.2, 0.3])


@pytest.mark.parametrize("remove", [False, True])
def test_sampled_losses_by_their_definition(remove: bool) -> None:
    labels = np.array([[1, 2], [3, 0]])
    ids, true, sampled = (np.asarray(v) for v in DRAWN_2)
    left = (
        np.einsum("bd,btd->bt", X, W[labels]) + B[labels] - np.log(np.float32(true).astype(float))
    )
    right = X @ W[ids].T + B[ids] - np.log(np.float32(sampled).astype(float))
    if remove:
        right = right + np.where((ids == labels[:, :, None]).any(1), -np.inf, 0)
    z = np.concatenate([left, right], 1)
    y = np.concatenate([np.full((2, 2), 0.5), np.zeros((2, 3))], 1)
    with np.errstate(invalid="ignore"):
        softmax = -np.where(y > 0, y * (z - np.log(np.exp(z).sum(1, keepdims=True))), 0).sum(1)
        logistic = np.where(np.isinf(z), 0, np.log1p(np.exp(z)) - np.where(y > 0, y * z, 0)).sum(1)
    kw = {"num_true": 2, "sampled_values": DRAWN_2, "remove_accidental_hits": remove}
    np.testing.assert_allclose(tf.nn.sampled_softmax_loss(W, B, labels, X, 3, 10, **kw), softmax)
    np.testing.assert_allclose(tf.nn.nce_loss(W, B, labels, X, 3, 10, **kw), logistic)
    check_gradients(lambda w, b, x: tf.nn.nce_loss(w, b, labels, x, 3, 10, **kw), [W, B, X])
    check_gradients(
        lambda w, b, x: tf.nn.sampled_softmax_loss(w, b, labels, x, 3, 10, **kw), [W, B, X]
    )


def test_sampled_losses_refuse() -> None:
    with pytest.raises(ValueError, match="nce_loss: labels must have shape"):
        tf.nn.nce_loss(W, B, [[1, 2]], X, 3, 10, sampled_values=DRAWN)
    with pytest.raises(ValueError, match="sampled_softmax_loss: weights, biases and inputs"):
        tf.nn.sampled_softmax_loss(W[:, :2], B, [[1], [3]], X, 3, 10, sampled_values=DRAWN)


# -- Moments ----------------------------------------------------------------------------------------
def test_moments() -> None:
    x = np.random.default_rng(1).standard_normal((3, 4, 2))
    for axes in ([0], [0, 2], [0, 1, 2]):
        for keep in (False, True):
            count, total, squares, shift = tf.nn.sufficient_statistics(x, axes, 0.5, keep)
            assert count.numpy() == np.prod([x.shape[a] for a in axes])
            mean, variance = tf.nn.normalize_moments(count, total, squares, shift)
            np.testing.assert_allclose(mean, x.mean(tuple(axes), keepdims=keep))
            np.testing.assert_allclose(variance, x.var(tuple(axes), keepdims=keep))
            w = np.random.default_rng(2).uniform(1, 2, (3, 1, 2))
            mean, variance = tf.nn.weighted_moments(x, axes, w, keep)
            full = w + 0 * x
            want = np.average(x, tuple(axes), full, keepdims=True)
            spread = np.average((x - want) ** 2, tuple(axes), full, keepdims=keep)
            np.testing.assert_allclose(mean, want if keep else np.squeeze(want, tuple(axes)))
            np.testing.assert_allclose(variance, spread)
    assert tf.nn.sufficient_statistics(x, [0])[3] is None
    check_gradients(lambda a, w: [*tf.nn.weighted_moments(a, [0], w)], [x, w])
