"""Rows of the elementwise ops that the array API adds: kernels/array_math.def."""

import numpy as np

from op_table.row import binary, unary

ARRAY_MATH = {
    "log2": unary(np.log2, 0.2, 3),
    "log10": unary(np.log10, 0.2, 3, order=3),
    "trunc": unary(np.trunc),
    "signbit": unary(np.signbit),
    "copysign": binary(np.copysign, constant=[1]),
    "hypot": binary(np.hypot, order=3),
    "remainder": binary(np.mod, x=(-9, 9), y=(1.1, 4.2), loose={"bfloat16": (1, 2)}),
    "logaddexp": binary(np.logaddexp, order=3),
}
