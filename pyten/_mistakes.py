"""What people may have meant: words for misspelt names, keywords and attributes.

Imported when the first mistake is made.
"""

from __future__ import annotations

import difflib
import re
from typing import Any

__all__ = ["attribute_error", "call_error", "keyword_message", "module_error"]

# Keywords of NumPy, PyTorch and TensorFlow 1, and what they are called here; the first that the
# function has is meant.
_KEYWORDS = {
    "a": ("x", "tensor", "input_tensor", "input"),
    "axes": ("axis", "perm"),
    "dim": ("axis",),
    "dims": ("axis", "shape", "perm"),
    "dimension": ("axis",),
    "high": ("maxval",),
    "input": ("x", "input_tensor", "tensor"),
    "keep_dims": ("keepdims",),
    "keepdim": ("keepdims",),
    "loc": ("mean",),
    "low": ("minval",),
    "max": ("clip_value_max", "maxval"),
    "min": ("clip_value_min", "minval"),
    "object": ("value",),
    "other": ("y", "b"),
    "reduction_indices": ("axis",),
    "repeats": ("multiples",),
    "scale": ("stddev",),
    "size": ("shape",),
    "std": ("stddev",),
    "tensor": ("x", "input_tensor", "value", "a"),
    "tensors": ("values",),
    "type": ("dtype",),
    "x1": ("x", "a"),
    "x2": ("y", "b"),
}
_NO_KEYWORD = {
    "requires_grad": "make a tf.Variable, or call tape.watch(x)",
    "device": "use `with tf.device('CPU:0'):`",
    "out": "the result is returned; use v.assign(...) to store it in a tf.Variable",
    "where": "use tf.where, or tf.boolean_mask first",
    "order": "elements are in row-major order",
}

# Names of NumPy, PyTorch and TensorFlow 1, and what to write instead. Names that another module of
# the package has (tf.log: tf.math.log) need no entry.
_NAMES = {
    "Session": "functions run at once; there are no sessions. Take values with x.numpy()",
    "InteractiveSession": "functions run at once; there are no sessions",
    "placeholder": "functions run at once; pass values as arguments of a Python function",
    "global_variables_initializer": "variables have their value from the start",
    "get_variable": "use tf.Variable(initial_value)",
    "assign": "use v.assign(value)",
    "assign_add": "use v.assign_add(value)",
    "assign_sub": "use v.assign_sub(value)",
    "enable_eager_execution": "functions run at once anyway",
    "disable_eager_execution": "pyten runs eagerly only",
    "no_grad": "nothing is recorded outside tf.GradientTape; inside, use tape.stop_recording()",
    "grad": "use `with tf.GradientTape() as tape:` and tape.gradient(y, x)",
    "backward": "use `with tf.GradientTape() as tape:` and tape.gradient(y, x)",
    "autograd": "use `with tf.GradientTape() as tape:` and tape.gradient(y, x)",
    "array": "use tf.constant(value)",
    "asarray": "use tf.convert_to_tensor(value)",
    "tensor": "use tf.constant(value)",
    "as_tensor": "use tf.convert_to_tensor(value)",
    "from_numpy": "use tf.constant(array)",
    "ndarray": "the class is tf.Tensor",
    "arange": "use tf.range(start, limit, delta)",
    "full": "use tf.fill(dims, value)",
    "full_like": "use tf.fill(tf.shape(x), value)",
    "empty": "use tf.zeros(shape)",
    "identity_matrix": "use tf.eye(n)",
    "dot": "use tf.matmul(a, b) for matrices, tf.tensordot(a, b, 1) for vectors",
    "mm": "use tf.matmul(a, b)",
    "bmm": "use tf.matmul(a, b)",
    "mv": "use tf.linalg.matvec(a, b)",
    "inner": "use tf.tensordot(a, b, 1)",
    "outer": "use tf.tensordot(a, b, 0)",
    "mean": "use tf.reduce_mean(x, axis)",
    "average": "use tf.reduce_mean(x, axis)",
    "sum": "use tf.reduce_sum(x, axis)",
    "prod": "use tf.reduce_prod(x, axis)",
    "max": "use tf.reduce_max(x, axis), or tf.maximum(x, y) of two tensors",
    "min": "use tf.reduce_min(x, axis), or tf.minimum(x, y) of two tensors",
    "amax": "use tf.reduce_max(x, axis)",
    "amin": "use tf.reduce_min(x, axis)",
    "any": "use tf.reduce_any(x, axis)",
    "all": "use tf.reduce_all(x, axis)",
    "std": "use tf.math.reduce_std(x, axis)",
    "var": "use tf.math.reduce_variance(x, axis)",
    "logsumexp": "use tf.reduce_logsumexp(x, axis)",
    "power": "use tf.pow(x, y)",
    "absolute": "use tf.abs(x)",
    "fabs": "use tf.abs(x)",
    "mul": "use tf.multiply(x, y)",
    "sub": "use tf.subtract(x, y)",
    "div": "use tf.divide(x, y)",
    "neg": "use tf.negative(x)",
    "remainder": "use tf.math.floormod(x, y)",
    "log2": "use tf.math.log(x) / tf.math.log(2.)",
    "log10": "use tf.math.log(x) / tf.math.log(10.)",
    "arcsin": "use tf.asin(x)",
    "arccos": "use tf.acos(x)",
    "arctan": "use tf.atan(x)",
    "arctan2": "use tf.atan2(y, x)",
    "isnan": "use tf.math.is_nan(x)",
    "isinf": "use tf.math.is_inf(x)",
    "isfinite": "use tf.math.is_finite(x)",
    "cat": "use tf.concat(values, axis)",
    "concatenate": "use tf.concat(values, axis)",
    "vstack": "use tf.concat(values, 0)",
    "hstack": "use tf.concat(values, 1)",
    "permute": "use tf.transpose(x, perm)",
    "swapaxes": "use tf.transpose(x, perm)",
    "moveaxis": "use tf.transpose(x, perm)",
    "view": "use tf.reshape(x, shape)",
    "ravel": "use tf.reshape(x, [-1])",
    "flatten": "use tf.reshape(x, [-1])",
    "unsqueeze": "use tf.expand_dims(x, axis)",
    "clip": "use tf.clip_by_value(x, low, high)",
    "clamp": "use tf.clip_by_value(x, low, high)",
    "astype": "use tf.cast(x, dtype)",
    "to_float": "use tf.cast(x, tf.float32)",
    "to_double": "use tf.cast(x, tf.float64)",
    "to_int32": "use tf.cast(x, tf.int32)",
    "to_int64": "use tf.cast(x, tf.int64)",
    "ones_tensor": "use tf.ones(shape)",
    "rand": "use tf.random.uniform(shape)",
    "randn": "use tf.random.normal(shape)",
    "randint": "use tf.random.uniform(shape, minval, maxval, dtype=tf.int32)",
    "random_normal": "use tf.random.normal(shape)",
    "random_uniform": "use tf.random.uniform(shape)",
    "random_shuffle": "use tf.random.shuffle(value)",
    "permutation": "use tf.random.shuffle(tf.range(n))",
    "set_random_seed": "use tf.random.set_seed(seed)",
    "manual_seed": "use tf.random.set_seed(seed)",
    "seed": "use tf.random.set_seed(seed)",
    "inverse": "use tf.linalg.inv(input)",
    "matrix_inverse": "use tf.linalg.inv(input)",
    "matrix_determinant": "use tf.linalg.det(input)",
    "matrix_transpose": "use x.mT, or tf.transpose(x, perm)",
    "batch_matmul": "use tf.matmul(a, b)",
    "take": "use tf.gather(params, indices, axis=axis)",
    "index_select": "use tf.gather(params, indices, axis=axis)",
    "nonzero": "use tf.where(condition)",
    "bool_": "use tf.bool",
    "long": "use tf.int64",
    "int": "use tf.int32 or tf.int64",
    "float": "use tf.float32 or tf.float64",
    "layers": "pyten has no Keras layers; see tf.nn and tf.Module",
    "losses": "see the cross entropies in tf.nn",
    "float_": "use tf.float32 or tf.float64",
    "relu_": "use tf.nn.relu(x)",
    "mse_loss": "use tf.reduce_mean(tf.square(y - target))",
    "cross_entropy": "use tf.nn.softmax_cross_entropy_with_logits(labels, logits)",
    "cuda": "use `with tf.device('GPU:0'):`; tf.config.list_physical_devices() lists devices",
}

# Attributes of NumPy's and PyTorch's arrays that tensors do not have.
_ATTRIBUTES = {
    "backward": "record with `with tf.GradientTape() as tape:` and call tape.gradient(y, x)",
    "grad": "gradients are returned by tape.gradient(y, x) of a tf.GradientTape",
    "requires_grad": "make a tf.Variable, or call tape.watch(x)",
    "requires_grad_": "make a tf.Variable, or call tape.watch(x)",
    "zero_grad": "nothing to clear: every tf.GradientTape begins anew",
    "detach": "use tf.stop_gradient(x)",
    "cuda": "use `with tf.device('GPU:0'):`",
    "to": "use tf.cast(x, dtype), or `with tf.device(...)`",
    "type": "use x.dtype, or tf.cast(x, dtype)",
    "data": "use x.numpy() for the elements, tf.stop_gradient(x) to leave the tape",
    "dim": "use x.ndim",
    "numel": "use x.size",
    "view": "use tf.reshape(x, shape)",
    "resize": "use tf.reshape(x, shape)",
    "permute": "use tf.transpose(x, perm)",
    "swapaxes": "use tf.transpose(x, perm)",
    "unsqueeze": "use tf.expand_dims(x, axis)",
    "t": "use x.T",
    "clone": "tensors never change, so none is needed; tf.identity(x) makes a new one",
    "copy": "tensors never change, so none is needed; x.numpy() is a copy for NumPy",
    "contiguous": "not needed: every function takes tensors of any layout",
    "append": "use tf.concat([x, [y]], 0)",
    "extend": "use tf.concat([x, y], 0)",
    "fill": "tensors never change; use tf.fill(x.shape, value)",
    "sort": "use tf.sort(x)",
    "argsort": "use tf.argsort(x)",
    "abs": "use abs(x)",
    "pow": "use x ** y",
    "dot": "use x @ y for matrices, tf.tensordot(x, y, 1) for vectors",
    "matmul": "use x @ y",
    "mm": "use x @ y",
    "add": "use x + y",
    "sub": "use x - y",
    "mul": "use x * y",
    "div": "use x / y",
    "add_": "tensors never change; use x = x + y",
    "sub_": "tensors never change; use x = x - y",
    "mul_": "tensors never change; use x = x * y",
    "div_": "tensors never change; use x = x / y",
    "zero_": "tensors never change; use tf.zeros_like(x)",
    "fill_": "tensors never change; use tf.fill(x.shape, value)",
    "copy_": "tensors never change; use v.assign(value) of a tf.Variable",
    "expand": "use tf.broadcast_to(x, shape)",
    "repeat": "use tf.repeat(x, repeats, axis), or tf.tile(x, multiples)",
    "clamp": "use x.clip(low, high)",
    "cumsum": "use tf.cumsum(x, axis)",
    "take": "use tf.gather(x, indices)",
    "nonzero": "use tf.where(x)",
    "norm": "use tf.norm(x)",
    "float": "use tf.cast(x, tf.float32)",
    "double": "use tf.cast(x, tf.float64)",
    "half": "use tf.cast(x, tf.float16)",
    "int": "use tf.cast(x, tf.int32)",
    "long": "use tf.cast(x, tf.int64)",
    "bool": "use tf.cast(x, tf.bool)",
    "length": "use len(x)",
    "eval": "values are there at once: use x.numpy()",
    "initializer": "variables have their value from the start",
    "assign_mul": "use v.assign(v * y)",
    "trainable_variables": "a tf.Module has them; a variable has .trainable",
    "gradient": "use tape.gradient(y, x) of a tf.GradientTape",
    "watch": "use tape.watch(x) of a tf.GradientTape",
}

# Where a name that the asked module does not have may be instead.
_MODULES = (
    "",
    "math",
    "nn",
    "linalg",
    "random",
    "bitwise",
    "debugging",
    "nest",
    "config",
    "signal",
)


def _close(name: str, names: Any) -> str | None:
    """The name that is most like a misspelt one, if any is near."""
    folded = {n.lower().replace("_", ""): n for n in names}
    plain = name.lower().replace("_", "")
    if plain in folded:
        return folded[plain]
    found = difflib.get_close_matches(name, names, 1, 0.7)
    return found[0] if found else None


# -- Calls ----------------------------------------------------------------------------------------
def keyword_message(function: str, parameters: tuple[str, ...], key: str) -> str:
    """The message for a keyword that a function does not have."""
    message = f"{function}() got an unexpected keyword argument '{key}'"
    for meant in _KEYWORDS.get(key, ()):
        if meant in parameters:
            return f"{message}, did you mean '{meant}'?"
    close = difflib.get_close_matches(key, parameters, 1, 0.6)
    if close:
        return f"{message}, did you mean '{close[0]}'?"
    if key in _NO_KEYWORD:
        return f"{message}; {_NO_KEYWORD[key]}"
    return f"{message}; {_takes(parameters)}"


def _takes(parameters: tuple[str, ...]) -> str:
    names = [p for p in parameters if p not in ("name", "self")]
    return f"it takes {', '.join(names)}" if names else "it takes none"


def _public_name(function: Any) -> str:
    *outer, last = function.__qualname__.split(".")
    return str(outer[-1] if last == "__init__" else last.lstrip("_"))


def call_error(function: Any, error: TypeError) -> TypeError | None:
    """A better TypeError for arguments that do not fit a Python function; None: leave it."""
    code = function.__code__
    parameters = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    name, text = _public_name(function), str(error)
    own = f"{function.__qualname__}()"
    if not text.startswith(own):
        return None
    text = text.removeprefix(own)
    key = re.match(r" got an unexpected keyword argument '(\w+)'", text)
    if key is not None:
        return TypeError(keyword_message(name, parameters, key[1]))
    if text.startswith(" takes"):
        return TypeError(f"{name}(){text}; {_takes(parameters)}")
    return TypeError(f"{name}(){text}")


# -- Attributes -----------------------------------------------------------------------------------
_attribute_hints: dict[tuple[type, str], str] = {}


def attribute_error(x: Any, name: str, error: AttributeError) -> AttributeError | None:
    """A better AttributeError for tensors and variables; None: leave it."""
    if not str(error).endswith(f"object has no attribute '{name}'"):
        return None
    kind = type(x)
    hint = _attribute_hints.get((kind, name))
    if hint is None:
        hint = _attribute_hints[kind, name] = _attribute_hint(kind, name)
    # No `obj`, or Python would add its own suggestion.
    return AttributeError(
        f"'{kind.__name__}' object has no attribute '{name}'{hint}", name=name, obj=None
    )


def _attribute_hint(kind: type, name: str) -> str:
    if name in _ATTRIBUTES:
        return f"; {_ATTRIBUTES[name]}"
    close = _close(name, [n for n in dir(kind) if not n.startswith("_")])
    if close:
        return f", did you mean '{close}'?"
    where = _where(name)
    return f"; use {where}(x)" if where else ""


def _public(module: str) -> list[str]:
    from importlib import import_module

    return list(getattr(import_module(f"pyten.{module}" if module else "pyten"), "__all__", ()))


def _where(name: str) -> str | None:
    for module in _MODULES:
        if name in _public(module):
            return f"tf.{module}.{name}" if module else f"tf.{name}"
    return None


_module_hints: dict[tuple[str, str], str] = {}


def module_error(module: str, name: str) -> AttributeError:
    """The AttributeError for a name that a module of the package does not have."""
    hint = _module_hints.get((module, name))
    if hint is None:
        hint = _module_hints[module, name] = "" if name.startswith("__") else _hint(module, name)
    return AttributeError(f"module '{module}' has no attribute '{name}'{hint}", name=name, obj=None)


def _hint(module: str, name: str) -> str:
    where = _where(name)
    if where:
        return f"; use {where}"
    if name in _NAMES:
        return f"; {_NAMES[name]}"
    part = module.removeprefix("pyten").lstrip(".")
    close = _close(name, _public(part))
    if close:
        return f", did you mean 'tf.{part + '.' if part else ''}{close}'?"
    for other in _MODULES:
        close = _close(name, _public(other))
        if close:
            return f", did you mean 'tf.{other + '.' if other else ''}{close}'?"
    close = _close(name, _NAMES)
    return f"; {_NAMES[close]}" if close else ""


def object_remedy(value: Any) -> str:
    """What to do with something that NumPy makes an array of Python objects of."""
    try:
        return _frame_remedy(value) or "use array.astype(np.float32)"
    except Exception:  # whatever it is, it only looks like an object of pandas
        return "use array.astype(np.float32)"


def _frame_remedy(value: Any) -> str:
    """The words for objects of pandas, which is not imported here; none for others."""
    if hasattr(value, "columns") and hasattr(value, "dtypes"):
        kinds = {name: str(dtype) for name, dtype in value.dtypes.items()}
        numeric = set(value.select_dtypes(["number", "bool"]).columns)
        bad = {name: kind for name, kind in kinds.items() if name not in numeric}
        if bad:
            shown = ", ".join(f"{name!r} ({kind})" for name, kind in list(bad.items())[:5])
            more = f" and {len(bad) - 5} more" if len(bad) > 5 else ""
            return (
                f"of the DataFrame's columns, these hold no numbers: {shown}{more}; leave them out, "
                "df.select_dtypes('number'), or make numbers of them, pd.get_dummies(df)"
            )
        shown = ", ".join(sorted(set(kinds.values())))
        missing = ", na_value=np.nan" if value.isna().to_numpy().any() else ""
        return (
            f"the DataFrame's columns have the dtypes {shown}; use df.to_numpy(np.float32{missing})"
        )
    dtype = str(getattr(value, "dtype", ""))
    if dtype == "category":
        codes = "categorical.codes" if hasattr(value, "codes") else "series.cat.codes"
        return f"use {codes}, the number of each value's category"
    if not hasattr(value, "isna"):
        return ""
    if dtype in ("object", "str", "string"):
        if all(isinstance(item, str) for item in value[:5]):
            return "they are text; pd.factorize(series)[0] numbers the different ones"
        return ""
    if value.isna().any():
        return (
            f"some of the {dtype} values are missing; use "
            "series.to_numpy(np.float32, na_value=np.nan)"
        )
    return ""
