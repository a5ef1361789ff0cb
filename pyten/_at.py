"""x.at[key].set(y) and its relatives: new tensors that differ from x in a part."""

from __future__ import annotations

from typing import Any

from pyten import _core

__all__ = ["At"]


class At:
    """What `x.at` gives: `x.at[key]` selects a part of a tensor or variable, with NumPy's indexing.

    Example:
      >>> import pyten as tf
      >>> x = tf.constant([1., 2., 3.])
      >>> x.at[0].set(9.)
      <tf.Tensor: shape=(3,), dtype=float32, numpy=array([9., 2., 3.], dtype=float32)>
      >>> x.at[1:].multiply(10.)
      <tf.Tensor: shape=(3,), dtype=float32, numpy=array([ 1., 20., 30.], dtype=float32)>
    """

    __slots__ = ("_x",)

    def __init__(self, x: Any) -> None:
        self._x = x

    def __getitem__(self, key: Any) -> Part:
        return Part(self._x, key)

    def __setitem__(self, key: Any, y: Any) -> None:
        raise TypeError("at: write x = x.at[...].set(y): a tensor never changes")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("at: takes an index in brackets: x.at[...].set(y)")

    def __repr__(self) -> str:
        return f"<at of {self._x!r}>"


class Part:
    """What `x.at[key]` gives: the part of x that x[key] selects, to make a changed copy of x.

    Every method but `get` returns a tensor of the shape and dtype of x and leaves x as it is. The
    value y broadcasts to the shape of x[key]; it takes the dtype of x if that loses nothing. A
    variable is read. All are differentiable by x and by y, to any order.

    Of elements that the key names more than once, `set` takes the last value (the others have no
    effect and gradient 0); all others apply every value in turn, as `np.add.at` does. Where `min`
    and `max` meet equal values, these share the gradient evenly.

    Raises (all methods):
      InvalidArgumentError: an index is out of range (also an IndexError), or y does not fit the
        part (also a ValueError).
      TypeError: the key is no index, or y is of another dtype.
    """

    __slots__ = ("_key", "_x")

    def __init__(self, x: Any, key: Any) -> None:
        self._x = x
        self._key = key

    def get(self) -> Any:
        """Returns x[key].

        Example:
          >>> import pyten as tf
          >>> tf.constant([1., 2., 3.]).at[1:].get().numpy()
          array([2., 3.], dtype=float32)
        """
        return _core.get_item(self._x, self._key)

    def set(self, y: Any) -> Any:
        """Returns x with y in place of x[key].

        Args:
          y: a tensor that broadcasts to the shape of x[key], or what converts to one.

        Returns:
          A tensor of the shape and dtype of x. Gradient: 0 for the replaced elements of x; for y
          that of the elements it replaced.

        Example:
          >>> import pyten as tf
          >>> tf.zeros((2, 3)).at[:, 1].set([7., 8.]).numpy()
          array([[0., 7., 0.],
                 [0., 8., 0.]], dtype=float32)
        """
        return _core.update_item(self._x, self._key, y, "set")

    def add(self, y: Any) -> Any:
        """Returns x with y added to x[key].

        Args:
          y: a tensor that broadcasts to the shape of x[key], or what converts to one.

        Returns:
          A tensor of the shape and dtype of x.

        Example:
          >>> import pyten as tf
          >>> tf.zeros(3).at[[0, 0, 2]].add(1.).numpy()  # index 0 twice: both count
          array([2., 0., 1.], dtype=float32)
        """
        return _core.update_item(self._x, self._key, y, "add")

    def subtract(self, y: Any) -> Any:
        """Returns x with y subtracted from x[key]; see add.

        Example:
          >>> import pyten as tf
          >>> tf.zeros(3).at[-1].subtract(1.).numpy()
          array([ 0.,  0., -1.], dtype=float32)
        """
        return _core.update_item(self._x, self._key, y, "subtract")

    def multiply(self, y: Any) -> Any:
        """Returns x with x[key] multiplied by y; see add.

        Example:
          >>> import pyten as tf
          >>> tf.ones(3).at[::2].multiply([2., 3.]).numpy()
          array([2., 1., 3.], dtype=float32)
        """
        return _core.update_item(self._x, self._key, y, "multiply")

    def divide(self, y: Any) -> Any:
        """Returns x with x[key] divided by y; x is floating or complex. See add.

        Example:
          >>> import pyten as tf
          >>> tf.ones(3).at[0].divide(4.).numpy()
          array([0.25, 1.  , 1.  ], dtype=float32)
        """
        return _core.update_item(self._x, self._key, y, "divide")

    def min(self, y: Any) -> Any:
        """Returns x with the lesser of x[key] and y in place of x[key]; see add.

        Example:
          >>> import pyten as tf
          >>> tf.constant([1, 5, 9]).at[:].min(4).numpy()
          array([1, 4, 4], dtype=int32)
        """
        return _core.update_item(self._x, self._key, y, "min")

    def max(self, y: Any) -> Any:
        """Returns x with the greater of x[key] and y in place of x[key]; see add.

        Example:
          >>> import pyten as tf
          >>> tf.constant([1, 5, 9]).at[:].max(4).numpy()
          array([4, 5, 9], dtype=int32)
        """
        return _core.update_item(self._x, self._key, y, "max")

    def __setitem__(self, key: Any, y: Any) -> None:
        raise TypeError("at: write x = x.at[...].set(y): a tensor never changes")

    def __repr__(self) -> str:
        return f"<at[{self._key!r}] of {self._x!r}>"
