"""NumPy's functions whose results have no derivative: arrays, and nothing is lost by that."""

from __future__ import annotations

__all__ = ["METADATA", "NO_DERIVATIVE", "NO_DERIVATIVE_UFUNCS"]

# What looks at shapes and dtypes alone.
METADATA = frozenset(
    """
    can_cast common_type diag_indices_from empty_like iscomplexobj isrealobj may_share_memory
    min_scalar_type ndim ones_like result_type shape shares_memory size tril_indices_from
    triu_indices_from zeros_like
    """.split()
)

# Truth values, places, counts, text and files.
NO_DERIVATIVE = frozenset(
    """
    all allclose alltrue any argmax argmin argpartition argsort argwhere array2string array_equal
    array_equiv array_repr array_str bincount busday_count busday_offset count_nonzero
    datetime_as_string digitize einsum_path flatnonzero histogram_bin_edges in1d is_busday isclose
    iscomplex isin isneginf isposinf isreal ix_ lexsort linalg.matrix_rank nanargmax nanargmin
    nonzero packbits ravel_multi_index save savetxt savez savez_compressed searchsorted sometrue
    unpackbits unravel_index
    """.split()
)

NO_DERIVATIVE_UFUNCS = frozenset(
    """
    bitwise_and bitwise_count bitwise_or bitwise_xor equal gcd greater greater_equal invert
    isfinite isinf isnan isnat lcm left_shift less less_equal logical_and logical_not logical_or
    logical_xor not_equal right_shift signbit spacing
    """.split()
)
