"""Forward mode: ForwardAccumulator."""

from __future__ import annotations

from typing import Any

from pyten import _core, nest

__all__ = ["ForwardAccumulator"]


def _require_leaf(op: str, value: Any) -> Any:
    if isinstance(value, (_core.Tensor, _core.Variable)):
        return value
    raise TypeError(
        f"{op}: primals must be tensors or variables, got {type(value).__name__} {value!r}"
    )


class ForwardAccumulator:
    """Computes Jacobian-vector products beside the operations inside its `with` block.

    Accumulators and tapes nest in every order. What an inner one computes is seen by those outside
    it: take higher derivatives from the outside, `outer.jvp(inner.jvp(y))`.

    Args:
      primals: a tensor, a variable or a nested structure of them: where to differentiate.
      tangents: the direction, in the structure of `primals`: for each one a tensor of its dtype
        whose shape broadcasts to its shape.

    Raises:
      ValueError: a primal is named twice, the structures differ, or a tangent's shape does not fit.
      TypeError: a primal is neither tensor nor variable, or a tangent's dtype differs.

    Example:
      >>> import pyten as tf
      >>> x = tf.constant([2., 3.])
      >>> with tf.autodiff.ForwardAccumulator(x, tf.constant([1., 0.])) as acc:
      ...     y = tf.reduce_sum(x * x)
      >>> acc.jvp(y)
      <tf.Tensor: shape=(), dtype=float32, numpy=4.0>
    """

    def __init__(self, primals: Any, tangents: Any) -> None:
        self._core = _core._ForwardAccumulator()
        seen: set[int] = set()
        for primal in nest.flatten(primals):
            _require_leaf("ForwardAccumulator", primal)
            if id(primal) in seen:
                raise ValueError(
                    f"Tensor {primal!r} was specified as a primal multiple times. This may "
                    "indicate an error. If it was intended, please sum the corresponding tangents."
                )
            seen.add(id(primal))
        nest.assert_same_structure(primals, tangents)
        for primal, tangent in zip(nest.flatten(primals), nest.flatten(tangents), strict=True):
            if not (primal.dtype.is_floating or primal.dtype.is_complex):
                import warnings

                warnings.warn(
                    "ForwardAccumulator: the dtype of a primal must be floating, got "
                    f"{primal.dtype.name}; nothing that depends on it has a tangent.",
                    stacklevel=2,
                )
            self._core.watch(primal, _core.convert(tangent, primal.dtype))

    def __reduce__(self) -> Any:
        raise TypeError(
            "ForwardAccumulator: what is being recorded belongs to its process and cannot be "
            "pickled or copied; send the tensors that jvp() gives"
        )

    def __enter__(self) -> ForwardAccumulator:
        self._core.start()
        return self

    def __exit__(self, *_: Any) -> None:
        if self._core.recording:
            self._core.stop()

    def jvp(self, primals: Any, unconnected_gradients: Any = "none") -> Any:
        """Looks up the derivative of values along the tangents; nothing is computed.

        Args:
          primals: a tensor, a variable or a nested structure of them.
          unconnected_gradients: "none", or "zero" for zeros in place of None.

        Returns:
          Tensors of the same shapes, dtypes and structure; None for what does not depend on the
          primals, or was not computed inside the block.

        Raises:
          TypeError: an argument is neither tensor nor variable.
          ValueError: unconnected_gradients is neither "none" nor "zero".
        """
        from pyten._tape import _wants_zeros

        zero = _wants_zeros(unconnected_gradients)

        def fetch(value: Any) -> Any:
            found = self._core.jvp(_require_leaf("jvp", value))
            return _core.zeros_like(value) if found is None and zero else found

        return nest.map_structure(fetch, primals)
