"""One row for each function of the registry: what it must equal, where, and on what it is tried.

test_ops.py derives its tests from here and from what the functions say of themselves (dtypes,
whether a gradient flows), and compares the table's names with the registry's, so that no op goes
untested.
"""

from op_table.array_math import ARRAY_MATH
from op_table.conv import CONV
from op_table.elementwise import BINARY, UNARY
from op_table.functions import FAMILIES
from op_table.row import TOLERANCE
from op_table.special import SPECIAL

__all__ = ["BINARY", "OTHERS", "TABLE", "TOLERANCE", "UNARY"]

#: Makers and helpers without a tensor to differentiate by: tested by name in test_ops.py or, for
#: those that start with an underscore, through the public function that calls them.
OTHERS = {
    "zeros",
    "ones",
    "fill",
    "eye",
    "_range",
    "_where_nonzero",
    "_top_k",
    "_diag",
    "_diag_part",
    "_set_diag",
}

TABLE = {**UNARY, **BINARY, **FAMILIES, **SPECIAL, **CONV, **ARRAY_MATH}
