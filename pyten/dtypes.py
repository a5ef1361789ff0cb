"""Element types, and conversion between them."""

from pyten._arrays import complex, saturate_cast
from pyten._core import cast
from pyten._dtypes import _INSTANCES, DType, as_dtype

__all__ = [
    "DType",
    "as_dtype",
    "bfloat16",
    "bool",
    "cast",
    "complex",
    "complex64",
    "complex128",
    "double",
    "float16",
    "float32",
    "float64",
    "half",
    "int8",
    "int16",
    "int32",
    "int64",
    "saturate_cast",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
]

bool = _INSTANCES["bool"]
int8 = _INSTANCES["int8"]
int16 = _INSTANCES["int16"]
int32 = _INSTANCES["int32"]
int64 = _INSTANCES["int64"]
uint8 = _INSTANCES["uint8"]
uint16 = _INSTANCES["uint16"]
uint32 = _INSTANCES["uint32"]
uint64 = _INSTANCES["uint64"]
half = float16 = _INSTANCES["float16"]
bfloat16 = _INSTANCES["bfloat16"]
float32 = _INSTANCES["float32"]
double = float64 = _INSTANCES["float64"]
complex64 = _INSTANCES["complex64"]
complex128 = _INSTANCES["complex128"]
