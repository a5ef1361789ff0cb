#include "ops/function.h"

namespace pyten {

const std::vector<Function>& functions() {
  static const std::vector<Function> all = [] {
    Functions out;
    register_unary(out);
    register_binary(out);
    register_creation(out);
    register_queries(out);
    register_movement(out);
    register_slicing(out);
    register_join(out);
    register_padding(out);
    register_indexing(out);
    register_scatter(out);
    register_reductions(out);
    register_statistics(out);
    register_scans(out);
    register_sorting(out);
    register_matmul(out);
    register_diagonals(out);
    register_nn(out);
    register_special(out);
    register_array_math(out);
    register_segments(out);
    register_conv(out);
    register_pool(out);
    return out;
  }();
  return all;
}

}  // namespace pyten
