// Local response normalisation across channels (Krizhevsky 2012, section 3.3) and its gradient, for any last dimension:
//
//     n = bias + alpha · Σ x²   over 2·depth_radius + 1 neighbouring channels
//     y = x · n^−beta
//     dx = dy · n^−beta − 2·alpha·beta · x · Σ dy·y/n   over the same neighbours
//
// TensorFlow's takes a general power of every element, which is most of its time; for the paper's beta of ¾ two square roots
// do. Each pixel's channels are computed from themselves alone, in one pass over memory.
#include <algorithm>
#include <cmath>

#include "kernel.h"

namespace tandem {
namespace {

struct Options {
  int64_t radius;
  float bias, alpha, beta;
};

// Pixels that are worth a thread.
constexpr int64_t kLeastPixels = 4096;

// sums[c] = Σ values[c − radius … c + radius]; `values` has `radius` zeros on both sides.
inline void window_sums(const float* __restrict values, float* __restrict sums, int64_t channels, int64_t radius) {
  if (radius == 2) {
    for (int64_t c = 0; c < channels; c++)
      sums[c] = (values[c] + values[c + 1]) + (values[c + 3] + values[c + 4]) + values[c + 2];
    return;
  }
  for (int64_t c = 0; c < channels; c++) {
    float sum = 0;
    for (int64_t offset = 0; offset <= 2 * radius; offset++) sum += values[c + offset];
    sums[c] = sum;
  }
}

// scales[c] = n^−beta and, where it is wanted, norms[c] = n.
inline void scales_of(const float* __restrict x, float* __restrict squares, float* __restrict norms,
                      float* __restrict scales, int64_t channels, const Options& options) {
  const auto [radius, bias, alpha, beta] = options;
  for (int64_t c = 0; c < channels; c++) squares[radius + c] = x[c] * x[c];
  window_sums(squares, norms, channels, radius);
  if (beta == 0.75f) {
    for (int64_t c = 0; c < channels; c++) {
      const float n = bias + alpha * norms[c];
      const float root = std::sqrt(n);
      norms[c] = n;
      scales[c] = 1.0f / (root * std::sqrt(root));
    }
    return;
  }
  for (int64_t c = 0; c < channels; c++) {
    norms[c] = bias + alpha * norms[c];
    scales[c] = std::pow(norms[c], -beta);
  }
}

TANDEM_WIDE void forward(const float* x, float* y, int64_t start, int64_t end, int64_t channels, const Options& options,
                         float* squares, float* norms, float* scales) {
  for (int64_t pixel = start; pixel < end; pixel++) {
    const float* __restrict in = x + pixel * channels;
    float* __restrict out = y + pixel * channels;
    scales_of(in, squares, norms, scales, channels, options);
    for (int64_t c = 0; c < channels; c++) out[c] = in[c] * scales[c];
  }
}

TANDEM_WIDE void backward(const float* x, const float* dy, float* dx, int64_t start, int64_t end, int64_t channels,
                          const Options& options, float* squares, float* norms, float* scales, float* shares,
                          float* sums) {
  const float factor = 2 * options.alpha * options.beta;
  for (int64_t pixel = start; pixel < end; pixel++) {
    const float* __restrict in = x + pixel * channels;
    const float* __restrict d = dy + pixel * channels;
    float* __restrict out = dx + pixel * channels;
    scales_of(in, squares, norms, scales, channels, options);
    for (int64_t c = 0; c < channels; c++) shares[options.radius + c] = d[c] * in[c] * scales[c] / norms[c];
    window_sums(shares, sums, channels, options.radius);
    for (int64_t c = 0; c < channels; c++) out[c] = d[c] * scales[c] - factor * in[c] * sums[c];
  }
}

void* create(TF_OpKernelConstruction* construction) {
  Status status;
  auto* options = new Options();
  TF_OpKernelConstruction_GetAttrInt64(construction, "depth_radius", &options->radius, status.get());
  TF_OpKernelConstruction_GetAttrFloat(construction, "bias", &options->bias, status.get());
  TF_OpKernelConstruction_GetAttrFloat(construction, "alpha", &options->alpha, status.get());
  TF_OpKernelConstruction_GetAttrFloat(construction, "beta", &options->beta, status.get());
  if (!status.ok()) TF_OpKernelConstruction_Failure(construction, status.get());
  return options;
}

void release(void* options) { delete static_cast<Options*>(options); }

// Both directions: `dy` is null forward.
void compute(TF_OpKernelContext* context, const Options& options, const Input& x, const Input* dy, Status& status) {
  if (failed(context, status)) return;
  const std::vector<int64_t> shape = x.shape();
  if (shape.empty() || (dy != nullptr && dy->shape() != shape)) {
    status.fault("local response normalisation takes tensors of one shape with channels as their last dimension");
    failed(context, status);
    return;
  }
  TF_Tensor* output = TF_AllocateOutput(context, 0, TF_FLOAT, shape.data(), static_cast<int>(shape.size()),
                                        x.elements() * sizeof(float), status.get());
  if (failed(context, status)) return;
  const int64_t channels = shape.back();
  auto* result = static_cast<float*>(TF_TensorData(output));
  in_parts(channels == 0 ? 0 : x.elements() / channels, kLeastPixels, [&](int64_t start, int64_t end) {
    const int64_t padded = channels + 2 * options.radius;
    std::vector<float> scratch(2 * padded + 3 * channels);
    float* squares = scratch.data();
    float* shares = squares + padded;
    float* norms = shares + padded;
    float* scales = norms + channels;
    if (dy == nullptr)
      forward(x.floats(), result, start, end, channels, options, squares, norms, scales);
    else
      backward(x.floats(), dy->floats(), result, start, end, channels, options, squares, norms, scales, shares,
               scales + channels);
  });
  TF_DeleteTensor(output);
}

const std::vector<const char*> kAttributes = {"depth_radius: int", "bias: float", "alpha: float", "beta: float"};

const bool kRegistered = [] {
  register_operation(
      "TandemLrn", {"x: float"}, true, kAttributes, create,
      [](void* options, TF_OpKernelContext* context) {
        Status status;
        const Input x(context, 0, status);
        compute(context, *static_cast<Options*>(options), x, nullptr, status);
      },
      release);
  register_operation(
      "TandemLrnGrad", {"x: float", "dy: float"}, true, kAttributes, create,
      [](void* options, TF_OpKernelContext* context) {
        Status status;
        const Input x(context, 0, status);
        const Input dy(context, 1, status);
        compute(context, *static_cast<Options*>(options), x, &dy, status);
      },
      release);
  return true;
}();

}  // namespace
}  // namespace tandem
