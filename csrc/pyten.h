// All that a C++ program needs: #include <pyten/pyten.h>.
#pragma once

#include "autograd/tape.h"
#include "autograd/variable.h"
#include "core/device.h"
#include "core/dtype.h"
#include "core/error.h"
#include "core/shape.h"
#include "core/tensor.h"
#include "ops/ops.h"
