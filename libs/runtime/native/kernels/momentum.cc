// The update of momentum.h by a gradient. TensorFlow's ResourceApplyKerasMomentum knows no decay d, which takes another pass over
// w and v. The weight and velocity are what ReadVariableOp gives: a variable's own memory.
#include "momentum.h"

#include "kernel.h"

namespace tandem {
namespace {

constexpr int64_t kLeastElements = 1 << 18;

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
    update_by_momentum(weight.floats() + start, velocity.floats() + start, gradient.floats() + start, end - start, s[0],
                       s[1], s[2]);
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
