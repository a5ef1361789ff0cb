"""What type checkers are shown: a program that uses the API as people write it. Never imported."""

import numpy as np

import pyten as tf

x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
w = tf.Variable(tf.ones((2, 1)), name="w")

with tf.GradientTape(persistent=True) as tape:
    tape.watch(x)
    y: tf.Tensor = tf.matmul(x, w)
    loss: tf.Tensor = tf.reduce_mean(tf.square(y - 1.0))
gradients = tape.gradient(loss, [w])
w.assign_sub(0.1 * gradients[0])

shape: list[int | None] = x.shape.as_list()
count: int = len(x)
number: float = float(loss)
truth: tf.Tensor = x > 2
row: tf.Tensor = x[0, :]
parts: list[tf.Tensor] = tf.unstack(x)
from_numpy: tf.Tensor = tf.abs(np.array([-1.0, 2.0]))
scaled: tf.Tensor = 2 * x + np.float32(1) - w
half: tf.Tensor = tf.cast(x, tf.float16)
summed: tf.Tensor = tf.reduce_sum(x, axis=[0, 1], keepdims=True)
