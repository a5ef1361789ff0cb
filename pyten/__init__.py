"""pyten: TensorFlow's eager API, without TensorFlow's weight.

>>> import pyten as tf
>>> x = tf.Variable(3.)
>>> with tf.GradientTape() as tape:
...     y = x * x
>>> tape.gradient(y, x).numpy()
np.float32(6.0)
"""

from __future__ import annotations

import sys as _sys
from typing import TYPE_CHECKING, Any

from pyten import _bootstrap  # noqa: F401  isort: skip  (the core needs it first)

from pyten import (
    _core,
    _einops_hook,
    _tape,
    _teach,
    _tensor,
    bitwise,
    dtypes,
    errors,
    math,
    nest,
)
from pyten._arrays import (
    boolean_mask,
    broadcast_dynamic_shape,
    broadcast_static_shape,
    complex,
    ensure_shape,
    get_static_value,
    guarantee_const,
    repeat,
    saturate_cast,
    tensordot,
    where,
)
from pyten._clip import clip_by_global_norm, clip_by_norm
from pyten._control import (
    case,
    cond,
    foldl,
    foldr,
    map_fn,
    scan,
    switch_case,
    while_loop,
)
from pyten._core import (
    GradientTape,
    Tensor,
    abs,
    acos,
    acosh,
    add,
    add_n,
    argmax,
    argmin,
    argsort,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    broadcast_to,
    cast,
    clip_by_value,
    concat,
    cos,
    cosh,
    cumsum,
    divide,
    equal,
    exp,
    expand_dims,
    eye,
    fill,
    floor,
    gather,
    gather_nd,
    greater,
    greater_equal,
    identity,
    less,
    less_equal,
    logical_and,
    logical_not,
    logical_or,
    matmul,
    maximum,
    minimum,
    multiply,
    negative,
    not_equal,
    one_hot,
    ones,
    ones_like,
    pad,
    pow,
    rank,
    reduce_all,
    reduce_any,
    reduce_logsumexp,
    reduce_max,
    reduce_mean,
    reduce_min,
    reduce_prod,
    reduce_sum,
    reshape,
    reverse,
    roll,
    round,
    scatter_nd,
    shape,
    sigmoid,
    sign,
    sin,
    sinh,
    size,
    slice,
    sort,
    split,
    sqrt,
    square,
    squeeze,
    stack,
    stop_gradient,
    strided_slice,
    subtract,
    tan,
    tanh,
    tensor_scatter_nd_add,
    tensor_scatter_nd_max,
    tensor_scatter_nd_min,
    tensor_scatter_nd_sub,
    tensor_scatter_nd_update,
    tile,
    transpose,
    truediv,
    truncatediv,
    truncatemod,
    unstack,
    zeros,
    zeros_like,
)
from pyten._counting import (
    bitcast,
    edit_distance,
    histogram_fixed_width,
    histogram_fixed_width_bins,
)
from pyten._creation import (
    constant,
    convert_to_tensor,
    is_tensor,
    linspace,
    meshgrid,
    range,
    sequence_mask,
)
from pyten._custom_gradient import custom_gradient, grad_pass_through, gradients, recompute_grad
from pyten._device import device
from pyten._dlpack import from_dlpack
from pyten._dtypes import DType, as_dtype
from pyten._einsum import einsum
from pyten._function import executing_eagerly, function
from pyten._module import Module
from pyten._names import name_scope
from pyten._norms import norm
from pyten._print import print
from pyten._python_functions import group, no_op, numpy_function, py_function, timestamp
from pyten._search import searchsorted, unique, unique_with_counts
from pyten._shape import TensorShape
from pyten._structures import (
    IndexedSlices,
    TensorSpec,
    UnconnectedGradients,
    VariableAggregation,
    VariableSynchronization,
)
from pyten._sums import parallel_stack
from pyten._variable import Variable
from pyten._vectorized import vectorized_map
from pyten.dtypes import (
    bfloat16,
    bool,
    complex64,
    complex128,
    double,
    float16,
    float32,
    float64,
    half,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
)

if TYPE_CHECKING:
    from pyten import (  # noqa: F401
        autodiff,
        config,
        data,
        debugging,
        keras,
        linalg,
        nn,
        optimizers,
        random,
        signal,
        train,
    )
    from pyten._saving import TensorFile, load, save
    from pyten.linear import LinearClassifier

__all__ = [
    "DType",
    "GradientTape",
    "IndexedSlices",
    "LinearClassifier",
    "Module",
    "Tensor",
    "TensorFile",
    "TensorShape",
    "TensorSpec",
    "UnconnectedGradients",
    "Variable",
    "VariableAggregation",
    "VariableSynchronization",
    "__version__",
    "abs",
    "acos",
    "acosh",
    "add",
    "add_n",
    "argmax",
    "argmin",
    "argsort",
    "as_dtype",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "autodiff",
    "bfloat16",
    "bitcast",
    "bitwise",
    "bool",
    "boolean_mask",
    "broadcast_dynamic_shape",
    "broadcast_static_shape",
    "broadcast_to",
    "case",
    "cast",
    "clip_by_global_norm",
    "clip_by_norm",
    "clip_by_value",
    "complex",
    "complex64",
    "complex128",
    "concat",
    "cond",
    "config",
    "constant",
    "convert_to_tensor",
    "cos",
    "cosh",
    "cumsum",
    "custom_gradient",
    "debugging",
    "device",
    "divide",
    "double",
    "dtypes",
    "edit_distance",
    "einsum",
    "ensure_shape",
    "equal",
    "errors",
    "executing_eagerly",
    "exp",
    "expand_dims",
    "eye",
    "fill",
    "float16",
    "float32",
    "float64",
    "floor",
    "foldl",
    "foldr",
    "from_dlpack",
    "function",
    "gather",
    "gather_nd",
    "get_static_value",
    "grad_pass_through",
    "gradients",
    "greater",
    "greater_equal",
    "group",
    "guarantee_const",
    "half",
    "histogram_fixed_width",
    "histogram_fixed_width_bins",
    "identity",
    "int8",
    "int16",
    "int32",
    "int64",
    "is_tensor",
    "less",
    "less_equal",
    "linalg",
    "linspace",
    "load",
    "logical_and",
    "logical_not",
    "logical_or",
    "map_fn",
    "math",
    "matmul",
    "maximum",
    "meshgrid",
    "minimum",
    "multiply",
    "name_scope",
    "negative",
    "nest",
    "newaxis",
    "nn",
    "no_op",
    "norm",
    "not_equal",
    "numpy_function",
    "one_hot",
    "ones",
    "ones_like",
    "pad",
    "parallel_stack",
    "pow",
    "print",
    "py_function",
    "random",
    "range",
    "rank",
    "recompute_grad",
    "reduce_all",
    "reduce_any",
    "reduce_logsumexp",
    "reduce_max",
    "reduce_mean",
    "reduce_min",
    "reduce_prod",
    "reduce_sum",
    "repeat",
    "reshape",
    "reverse",
    "roll",
    "round",
    "saturate_cast",
    "save",
    "scan",
    "scatter_nd",
    "searchsorted",
    "sequence_mask",
    "shape",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "size",
    "slice",
    "sort",
    "split",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "stop_gradient",
    "strided_slice",
    "subtract",
    "switch_case",
    "tan",
    "tanh",
    "tensor_scatter_nd_add",
    "tensor_scatter_nd_max",
    "tensor_scatter_nd_min",
    "tensor_scatter_nd_sub",
    "tensor_scatter_nd_update",
    "tensordot",
    "tile",
    "timestamp",
    "transpose",
    "truediv",
    "truncatediv",
    "truncatemod",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "unique",
    "unique_with_counts",
    "unstack",
    "vectorized_map",
    "where",
    "while_loop",
    "zeros",
    "zeros_like",
]

__version__: str = _core.runtime_info()["version"]

newaxis = None

_tensor.attach()
_tape.attach()
_einops_hook.attach()


# Names of TensorFlow that pyten does not have, and why.
_NO = {
    "string": "strings",
    "strings": "strings",
    "ragged": "ragged tensors",
    "RaggedTensor": "ragged tensors",
    "sparse": "sparse tensors",
    "SparseTensor": "sparse tensors",
    "TensorArray": "tensor arrays; use a Python list and tf.stack",
    "io": "file formats of TensorFlow",
    "image": "image operations",
    "audio": "audio operations",
    "saved_model": "SavedModel",
    "lookup": "lookup tables",
    "summary": "summaries",
    "distribute": "distribution strategies",
    "tpu": "TPU support",
    "lite": "TensorFlow Lite",
    "xla": "XLA",
    "mlir": "MLIR",
    "quantization": "quantization",
    "queue": "queues",
    "raw_ops": "raw operations",
    "profiler": "profiler",
    "autograph": "AutoGraph: functions run eagerly",
    "compat": "compatibility modules",
    "sysconfig": "sysconfig; see pyten.config",
    "types": "type protocols",
}

# Loaded when they are first asked for.
_LAZY = (
    "autodiff",
    "config",
    "cuda",
    "data",
    "debugging",
    "experimental",
    "keras",
    "linalg",
    "nn",
    "optimizers",
    "random",
    "signal",
    "train",
)


_LAZY_NAMES = {
    "LinearClassifier": "linear",
    "TensorFile": "_saving",
    "load": "_saving",
    "save": "_saving",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY_NAMES:
        from importlib import import_module

        return getattr(import_module(f"pyten.{_LAZY_NAMES[name]}"), name)
    if name in _LAZY:
        from importlib import import_module

        return import_module(f"pyten.{name}")
    if name in _NO:
        raise AttributeError(f"module 'pyten' has no attribute '{name}': pyten has no {_NO[name]}")
    raise _teach.missing("pyten", name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY, *__all__})


# Those that are loaded later do this themselves, at their end.
_teach.attach(_sys.modules[__name__], bitwise, dtypes, math, nest)
_teach.attach_methods(Tensor, Variable)
