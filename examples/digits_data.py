"""What the two digits examples share: the data, the training loop and the picture of mistakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import pyten as tf

Pair = tuple[np.ndarray, np.ndarray]


def load(seed: int) -> tuple[Pair, Pair]:
    """Images [n, 64] in [0, 1] and labels, for training and held out."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    images = (digits.data / 16).astype(np.float32)
    x_train, x_test, y_train, y_test = train_test_split(
        images, digits.target, test_size=0.25, stratify=digits.target, random_state=seed
    )
    return (x_train, y_train), (x_test, y_test)


def fit(network: Any, train: Pair, *, epochs: int, batch_size: int, rate: float, seed: int) -> None:
    """Minimises the mean cross-entropy over shuffled batches."""
    from tqdm import tqdm

    images, labels = train
    order = np.random.default_rng(seed)
    optimizer = tf.optimizers.Adam(rate)
    with tqdm(range(epochs), unit="epoch") as bar:
        for _ in bar:
            losses = []
            for batch in np.array_split(
                order.permutation(len(images)), -(-len(images) // batch_size)
            ):
                with tf.GradientTape() as tape:
                    logits = network(tf.constant(images[batch]), training=True)
                    loss = tf.reduce_mean(
                        tf.nn.sparse_softmax_cross_entropy_with_logits(
                            labels=labels[batch], logits=logits
                        )
                    )
                gradients = tape.gradient(loss, network.variables)
                optimizer.apply_gradients(zip(gradients, network.variables, strict=True))
                losses.append(float(loss))
            bar.set_postfix(loss=f"{np.mean(losses):.4f}")


def predict(network: Callable[[tf.Tensor], tf.Tensor], images: np.ndarray) -> np.ndarray:
    """The most likely digit of each image."""
    return tf.argmax(network(tf.constant(images)), axis=1).numpy()


def report(test: Pair, predicted: np.ndarray, picture: str) -> float:
    """Prints the accuracy, draws the mistakes and returns the accuracy."""
    images, labels = test
    accuracy = float(np.mean(predicted == labels))
    wrong = np.flatnonzero(predicted != labels)
    print(f"{len(wrong)} of {len(labels)} held-out digits misread: accuracy {accuracy:.2%}")
    draw(images[wrong], labels[wrong], predicted[wrong], accuracy, picture)
    print(f"the misread digits are drawn in {picture}")
    return accuracy


def draw(
    images: np.ndarray, labels: np.ndarray, predicted: np.ndarray, accuracy: float, path: str
) -> None:
    """A grid of digits, each with what it is and what it was taken for."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    shown = min(len(images), 24)
    columns = min(max(shown, 3), 6)
    rows = max(-(-shown // columns), 1)
    figure, axes = plt.subplots(
        rows, columns, figsize=(1.5 * columns, 1.75 * rows + 0.7), squeeze=False, dpi=120
    )
    for axis in axes.flat:
        axis.axis("off")
    for axis, image, label, guess in zip(axes.flat, images, labels, predicted, strict=False):
        axis.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
        axis.set_title(f"a {label}, read as {guess}", fontsize=9)
    figure.suptitle(f"Misread digits: {len(images)} (accuracy {accuracy:.2%})", fontsize=12)
    figure.tight_layout()
    figure.savefig(path)
    plt.close(figure)
