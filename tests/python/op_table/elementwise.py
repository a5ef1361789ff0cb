"""Rows of the elementwise ops: one for each row of kernels/elementwise.def."""

import numpy as np

from op_table.row import ERF, Row, binary, bitwise, integers, logical, no_nan, sign, truediv, unary

ROOT_HALF = float(np.float32(np.sqrt(0.5)))  # TensorFlow's, in every dtype

UNARY = {
    "negative": unary(np.negative),
    "abs": unary(np.abs),
    "sign": unary(sign),
    "square": unary(np.square),
    "sqrt": unary(np.sqrt, 0.2, 3),
    "rsqrt": unary(lambda x: 1 / np.sqrt(x), 0.2, 3),
    "reciprocal": unary(lambda x: 1 / x, 0.3, 3),
    "exp": unary(np.exp),
    "expm1": unary(np.expm1),
    "log": unary(np.log, 0.2, 3),
    "log1p": unary(np.log1p, -0.7, 3),
    "sin": unary(np.sin),
    "cos": unary(np.cos),
    "tan": unary(np.tan, -1.2, 1.2),
    "asin": unary(np.arcsin, -0.8, 0.8),
    "acos": unary(np.arccos, -0.8, 0.8),
    "atan": unary(np.arctan),
    "sinh": unary(np.sinh),
    "cosh": unary(np.cosh),
    "tanh": unary(np.tanh),
    "asinh": unary(np.arcsinh),
    "acosh": unary(np.arccosh, 1.2, 3),
    "atanh": unary(np.arctanh, -0.8, 0.8),
    "sigmoid": unary(lambda x: 1 / (1 + np.exp(-x)), -4, 4),
    "softplus": unary(lambda x: np.logaddexp(x, 0), -4, 4),
    "erf": unary(ERF),
    "erfc": unary(lambda x: 1 - ERF(x)),
    "floor": unary(np.floor),
    "ceil": unary(np.ceil),
    "rint": unary(np.rint),
    "round": unary(np.rint),
    "relu": unary(lambda x: np.maximum(x, 0)),
    "relu6": unary(lambda x: np.clip(x, 0, 6), -3, 9),
    "elu": unary(lambda x: np.where(x > 0, x, np.expm1(x))),
    "selu": unary(
        lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x))
    ),
    "gelu": unary(lambda x: 0.5 * x * (1 + ERF(ROOT_HALF * x))),
    "gelu_slope": unary(
        lambda x: (
            0.5 * (1 + ERF(ROOT_HALF * x))
            + x * ROOT_HALF / np.sqrt(np.pi) * np.exp(-((ROOT_HALF * x) ** 2))
        )
    ),
    "conj": unary(np.conj),
    "real": unary(np.real),
    "imag": unary(np.imag),
    "angle": unary(np.angle),
    "invert": Row(np.invert, [((integers(),), {})]),
    "logical_not": Row(np.logical_not, [((integers(low=0, high=2),), {})]),
    "is_nan": unary(np.isnan),
    "is_inf": unary(np.isinf),
    "is_finite": unary(np.isfinite),
    "identity": unary(lambda x: x),
    "stop_gradient": unary(lambda x: x),
}

BINARY = {
    "add": binary(np.add),
    "subtract": binary(np.subtract),
    "multiply": binary(np.multiply),
    "divide": binary(truediv, y=(0.5, 2.5)),
    "truediv": binary(truediv, y=(0.5, 2.5)),
    "divide_no_nan": binary(no_nan(np.divide), y=(0.5, 2.5)),
    "multiply_no_nan": binary(no_nan(np.multiply), y=(0.5, 2.5)),
    "floordiv": binary(np.floor_divide, x=(-9, 9), y=(1.1, 4.2)),
    "floormod": binary(np.mod, x=(-9, 9), y=(1.1, 4.2), loose={"bfloat16": (1, 2)}),
    "truncatediv": binary(lambda x, y: np.trunc(x / y), x=(-9, 9), y=(1.1, 4.2)),
    "truncatemod": binary(np.fmod, x=(-9, 9), y=(1.1, 4.2), loose={"bfloat16": (1, 2)}),
    "pow": binary(lambda x, y: x**y, x=(0.3, 2.5), y=(0.2, 2.5)),
    "maximum": binary(np.maximum),
    "minimum": binary(np.minimum),
    "atan2": binary(np.arctan2, x=(0.3, 2)),
    "squared_difference": binary(
        lambda x, y: (x - y) * np.conj(x - y), loose={"float16": (1e-2, 1e-2)}
    ),
    "xlogy": binary(lambda x, y: x * np.log(y), y=(0.3, 3)),
    "bitwise_and": bitwise(np.bitwise_and),
    "bitwise_or": bitwise(np.bitwise_or),
    "bitwise_xor": bitwise(np.bitwise_xor),
    "logical_and": logical(np.logical_and),
    "logical_or": logical(np.logical_or),
    "logical_xor": logical(np.logical_xor),
    "equal": binary(np.equal, x=(1, 3), y=(1, 3)),
    "not_equal": binary(np.not_equal, x=(1, 3), y=(1, 3)),
    "less": binary(np.less),
    "less_equal": binary(np.less_equal),
    "greater": binary(np.greater),
    "greater_equal": binary(np.greater_equal),
}
