"""Read handwritten digits with two dense layers.

A multilayer perceptron learns the 1,797 digits of 8x8 pixels that come with scikit-learn; a quarter
of them is held out. Accuracy on these is above 96 %, in a few seconds on two cores. A picture shows
the digits that were misread.

    pip install pyten scikit-learn matplotlib tqdm
    python digits_mlp.py --picture mistakes.png
"""

from __future__ import annotations

import argparse

import digits_data as data

import pyten as tf


class Network:
    """dense -> relu -> dropout -> dense."""

    def __init__(self, hidden: int = 128) -> None:
        self.w1 = tf.Variable(tf.random.normal([64, hidden], stddev=(2 / 64) ** 0.5), name="w1")
        self.b1 = tf.Variable(tf.zeros([hidden]), name="b1")
        self.w2 = tf.Variable(tf.random.normal([hidden, 10], stddev=hidden**-0.5), name="w2")
        self.b2 = tf.Variable(tf.zeros([10]), name="b2")

    @property
    def variables(self) -> list[tf.Variable]:
        return [self.w1, self.b1, self.w2, self.b2]

    def __call__(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        x = tf.nn.relu(tf.matmul(images, self.w1) + self.b1)
        if training:
            x = tf.nn.dropout(x, 0.2)
        return tf.matmul(x, self.w2) + self.b2


def main() -> float:
    parser = argparse.ArgumentParser(description="Reads handwritten digits with an MLP.")
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--picture", default="digits_mlp.png", help="where the mistakes are drawn")
    options = parser.parse_args()

    tf.random.set_seed(options.seed)
    train, test = data.load(options.seed)
    network = Network()
    data.fit(network, train, epochs=options.epochs, batch_size=32, rate=0.002, seed=options.seed)
    return data.report(test, data.predict(network, test[0]), options.picture)


if __name__ == "__main__":
    main()
