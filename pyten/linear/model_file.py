"""A fitted ``LinearClassifier`` as a safetensors file, and back."""

from __future__ import annotations

import json
import math
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from pyten._atomic import write_atomically
from pyten._safetensors import pack, read
from pyten.linear.scaling import Moments
from pyten.linear.sklearn_compat import not_fitted_error

if TYPE_CHECKING:
    from pyten.linear.classifier import LinearClassifier

__all__ = ["load_model", "save_model"]

FORMAT = "pyten.LinearClassifier"
VERSION = 1


def save_model(model: LinearClassifier, path: str | os.PathLike[str]) -> None:
    """Write a fitted model; see :meth:`LinearClassifier.save`."""
    if not hasattr(model, "coef_"):
        raise not_fitted_error(
            f"save: This {type(model).__name__} instance is not fitted yet; call fit first"
        )
    params = model.get_params()
    if not isinstance(params["random_state"], int):
        params["random_state"] = None
    del params["device"]  # of this machine, not of the model
    kind, labels = _encode_labels(model.classes_)
    names = getattr(model, "feature_names_in_", None)
    metadata = {
        "format": FORMAT,
        "format_version": str(VERSION),
        "classes": json.dumps(labels, ensure_ascii=False),
        "classes_dtype": kind,
        "feature_names": json.dumps(None if names is None else list(names), ensure_ascii=False),
        "params": json.dumps(params, default=_plain),
        "n_iter": str(model.n_iter_),
        "prediction": "outputs = x @ coef.T + intercept"
        + ("; compare with 0.5" if model.loss == "squared" else ""),
    }
    moments = model._moments
    arrays = {
        "coef": model.coef_,
        "intercept": model.intercept_,
        "loss_curve": np.asarray(model.loss_curve_, dtype=np.float64),
        "loss": np.float64(model.loss_).reshape(()),
        "feature_mean": moments.mean,
        "feature_spread": moments.spread,
        "weight_seen": np.float64(moments.weight).reshape(()),
        "velocity": model._velocity,
    }
    write_atomically(path, pack(arrays, metadata), "save", "path")


def load_model(cls: type[LinearClassifier], path: str | os.PathLike[str]) -> LinearClassifier:
    """Read a fitted model; see :meth:`LinearClassifier.load`."""
    shown = os.fspath(path)

    def accept(metadata: dict[str, str]) -> None:
        kind = metadata.get("format", "none")[:80]
        if kind != FORMAT:
            raise ValueError(
                f"load: {shown!r} must be a {FORMAT} file, got a safetensors file with format "
                f"{kind!r}"
            )
        version = metadata.get("format_version", "none")[:80]
        if version != str(VERSION):
            raise ValueError(
                f"load: {shown!r} must have format_version {VERSION}, got {version!r}; update pyten"
            )

    arrays, metadata = read(path, accept)
    try:
        return _restore(cls, arrays, metadata)
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise ValueError(
            f"load: {shown!r} must describe one whole model, got a damaged file ({reason})"
        ) from None


def _restore(
    cls: type[LinearClassifier], arrays: dict[str, np.ndarray], metadata: dict[str, str]
) -> LinearClassifier:
    params = json.loads(metadata["params"])
    if not isinstance(params, dict):
        raise ValueError("params that are not values by name")
    known = cls._parameters()
    model = cls(**{name: value for name, value in params.items() if name in known})
    model._checked_settings("load")
    classes = _decode_labels(metadata["classes_dtype"], json.loads(metadata["classes"]))
    outputs = 1 if len(classes) == 2 else len(classes)
    coef = arrays["coef"]
    if coef.ndim != 2 or coef.shape[0] != outputs or coef.shape[1] < 1:
        raise ValueError(f"coef of shape {coef.shape} for {len(classes)} classes")
    width = coef.shape[1]
    shapes = {
        "coef": coef.shape,
        "intercept": (outputs,),
        "loss": (),
        "feature_mean": (width,),
        "feature_spread": (width,),
        "weight_seen": (),
        "velocity": (width + 1, outputs),
        "loss_curve": (int(metadata["n_iter"]),),
    }
    for name, shape in shapes.items():
        array = arrays[name]
        if array.shape != shape or array.dtype != np.float64:
            raise ValueError(f"{name} of shape {array.shape} and dtype {array.dtype}")
        if name not in ("loss", "loss_curve") and not np.isfinite(array).all():
            raise ValueError(f"{name} that is not finite")
    weight = float(arrays["weight_seen"])
    if weight <= 0 or (arrays["feature_spread"] < 0).any():
        raise ValueError("negative moments")
    names = json.loads(metadata["feature_names"])
    if names is not None:
        if len(names) != width or not all(isinstance(name, str) for name in names):
            raise ValueError(f"{len(names)} feature names for {width} features")
        model.feature_names_in_ = np.array(names, dtype=object)
    model.classes_ = classes
    model.n_features_in_ = width
    model.coef_, model.intercept_ = coef, arrays["intercept"]
    model.loss_, model.loss_curve_ = float(arrays["loss"]), arrays["loss_curve"].tolist()
    model.n_iter_ = len(model.loss_curve_)
    model._moments = Moments(weight, arrays["feature_mean"], arrays["feature_spread"])
    model._velocity = arrays["velocity"]
    return model


def _plain(value: Any) -> Any:
    """NumPy scalars as Python's, for JSON."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"save: parameters must be plain values, got {value!r}")


def _encode_labels(classes: np.ndarray) -> tuple[str, list[Any]]:
    labels = classes.tolist()
    if classes.dtype.kind in "biufU":
        return classes.dtype.str.replace(">", "<"), labels
    if classes.dtype.kind == "O" and all(isinstance(label, str) for label in labels):
        return "object", labels
    raise TypeError(
        f"save: labels must be strings, booleans or numbers, got classes_.dtype={classes.dtype}"
    )


def _decode_labels(kind: str, labels: Any) -> np.ndarray:
    if not isinstance(labels, list) or len(labels) < 2:
        raise ValueError("fewer than two classes")
    wanted: type | tuple[type, ...]
    if kind == "object":
        dtype, wanted = np.dtype(object), str
    else:
        dtype = np.dtype(kind)
        if dtype.kind not in "biufU":
            raise ValueError(f"labels of dtype {dtype}")
        wanted = {"b": bool, "i": int, "u": int, "U": str}.get(dtype.kind, (int, float))
    if not all(isinstance(label, wanted) for label in labels):
        raise ValueError("labels of another kind than their dtype")
    if dtype.kind == "f" and not all(math.isfinite(label) for label in labels):
        raise ValueError("labels that are not finite")
    if dtype.kind == "U":
        # The width stated in the file could ask for any amount of memory.
        dtype = np.dtype(str)
    return np.array(labels, dtype=dtype)
