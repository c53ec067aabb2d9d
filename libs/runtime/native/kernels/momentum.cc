// The update of Krizhevsky, Sutskever and Hinton (2012), section 5, in place and in one pass over memory:
//
//     v ← m·v − d·ε·w − ε·g
//     w ← w + v
//
// TensorFlow's ResourceApplyKerasMomentum knows no decay d, which takes another pass over w and v. The weight and velocity are
// what ReadVariableOp gives: a variable's own memory.
#include "kernel.h"

namespace tandem {
namespace {

constexpr int64_t kLeastElements = 1 << 18;

TANDEM_WIDE void update(float* __restrict w, float* __restrict v, const float* __restrict g, int64_t start, int64_t end,
                        float rate, float momentum, float decay) {
  for (int64_t i = start; i < end; i++) {
    const float velocity = momentum * v[i] - decay * w[i] - rate * g[i];
    v[i] = velocity;
    w[i] += velocity;
  }
}

void compute(void*, TF_OpKernelContext* context) {
  Status status;
  const Input weight(context, 0, status);
  const Input velocity(context, 1, status);
  const Input gradient(context, 2, status);
  const Input settings(context, 3, status);
  if (failed(context, status)) return;
  const int64_t elements = weight.elements();
  if (velocity.elements() != elements || gradient.elements() != elements || settings.elements() != 3) {
    status.fault("momentum takes a weight, a velocity and a gradient of one size, and [rate, momentum, rate · decay]");
    failed(context, status);
    return;
  }
  const float* s = settings.floats();
  in_parts(elements, kLeastElements, [&](int64_t start, int64_t end) {
    update(weight.floats(), velocity.floats(), gradient.floats(), start, end, s[0], s[1], s[2]);
  });
}

const bool kRegistered = [] {
  register_operation(
      "TandemMomentum", {"weight: float", "velocity: float", "gradient: float", "settings: float"}, false, {}, nullptr,
      compute, nullptr);
  return true;
}();

}  // namespace
}  // namespace tandem
