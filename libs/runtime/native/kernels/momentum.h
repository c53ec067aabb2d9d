// The update of Krizhevsky, Sutskever and Hinton (2012), section 5, in place and in one pass over memory:
//
//     v ← m·v − d·ε·w − ε·g
//     w ← w + v
#pragma once

#include <cstdint>

#include "kernel.h"

namespace tandem {
namespace {

// `decay` is d·ε.
TANDEM_WIDE void update_by_momentum(float* __restrict w, float* __restrict v, const float* __restrict g, int64_t count,
                                    float rate, float momentum, float decay) {
  for (int64_t i = 0; i < count; i++) {
    const float velocity = momentum * v[i] - decay * w[i] - rate * g[i];
    v[i] = velocity;
    w[i] += velocity;
  }
}

}  // namespace
}  // namespace tandem
