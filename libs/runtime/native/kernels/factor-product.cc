// The gradient of a dense layer's kernel, made of its factors: XᵀD, of X [rows, inputs] and D [rows, outputs]; and the update of
// momentum.h by it, without the gradient ever being in memory as a whole: with few rows a pass over memory costs as much as the
// arithmetic does.
//
// Each element is one chain of fused multiply-adds over the rows, in order, whatever the processor's vectors and the number of
// threads are: the same bits everywhere. A tile of the result stays in registers meanwhile.
#include <cmath>
#include <memory>

#include "kernel.h"
#include "momentum.h"

#if defined(__x86_64__) && defined(__linux__)
#include <immintrin.h>
#define TANDEM_X86 1
#endif

namespace tandem {
namespace {

constexpr int64_t kMostTileRows = 8;
constexpr int64_t kMostTileColumns = 32;
// Of the result, that are worth a thread.
constexpr int64_t kLeastElements = 1 << 16;
constexpr int64_t kMostBands = 16, kRowsOfABand = 64;

// sums[r, c] = Σ x[k, r]·d[k, c] over k; x, d and sums are dense, of the tile's rows and columns.
using TileKernel = void (*)(const float* x, const float* d, int64_t count, float* sums);

struct Tile {
  int64_t rows, columns;
  TileKernel kernel;
};

// An ARM processor's compiler makes vectors of it; elsewhere it is for processors before 2013, and slow.
constexpr int64_t kPlainRows = 4, kPlainColumns = 16;
void plain_tile(const float* __restrict x, const float* __restrict d, int64_t count, float* __restrict out) {
  float sums[kPlainRows][kPlainColumns] = {};
  for (int64_t k = 0; k < count; k++)
    for (int64_t r = 0; r < kPlainRows; r++)
      for (int64_t c = 0; c < kPlainColumns; c++)
        sums[r][c] = std::fma(x[k * kPlainRows + r], d[k * kPlainColumns + c], sums[r][c]);
  std::copy(&sums[0][0], &sums[0][0] + kPlainRows * kPlainColumns, out);
}

#ifdef TANDEM_X86
__attribute__((target("avx2,fma"))) void avx2_tile(const float* x, const float* d, int64_t count, float* out) {
  __m256 sums[6][2];
#pragma GCC unroll 6
  for (int r = 0; r < 6; r++) sums[r][0] = sums[r][1] = _mm256_setzero_ps();
  for (int64_t k = 0; k < count; k++) {
    const __m256 first = _mm256_loadu_ps(d + 16 * k), second = _mm256_loadu_ps(d + 16 * k + 8);
#pragma GCC unroll 6
    for (int r = 0; r < 6; r++) {
      const __m256 factor = _mm256_broadcast_ss(x + 6 * k + r);
      sums[r][0] = _mm256_fmadd_ps(factor, first, sums[r][0]);
      sums[r][1] = _mm256_fmadd_ps(factor, second, sums[r][1]);
    }
  }
#pragma GCC unroll 6
  for (int r = 0; r < 6; r++) {
    _mm256_storeu_ps(out + 16 * r, sums[r][0]);
    _mm256_storeu_ps(out + 16 * r + 8, sums[r][1]);
  }
}

__attribute__((target("avx512f"))) void avx512_tile(const float* x, const float* d, int64_t count, float* out) {
  __m512 sums[8][2];
#pragma GCC unroll 8
  for (int r = 0; r < 8; r++) sums[r][0] = sums[r][1] = _mm512_setzero_ps();
  for (int64_t k = 0; k < count; k++) {
    const __m512 first = _mm512_loadu_ps(d + 32 * k), second = _mm512_loadu_ps(d + 32 * k + 16);
#pragma GCC unroll 8
    for (int r = 0; r < 8; r++) {
      const __m512 factor = _mm512_set1_ps(x[8 * k + r]);
      sums[r][0] = _mm512_fmadd_ps(factor, first, sums[r][0]);
      sums[r][1] = _mm512_fmadd_ps(factor, second, sums[r][1]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < 8; r++) {
    _mm512_storeu_ps(out + 32 * r, sums[r][0]);
    _mm512_storeu_ps(out + 32 * r + 16, sums[r][1]);
  }
}
#endif

// The widest that the processor has.
Tile tile_of_this_processor() {
#ifdef TANDEM_X86
  if (__builtin_cpu_supports("avx512f")) return {8, 32, avx512_tile};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return {6, 16, avx2_tile};
#endif
  return {kPlainRows, kPlainColumns, plain_tile};
}

struct Factors {
  const float* x;
  const float* d;
  int64_t rows, inputs, outputs;
};

// Panels of `width` columns, each with its rows one after another; what is beyond the last column is zero. A row of `values` begins
// `stride` after the one before.
std::unique_ptr<float[]> in_panels(const float* values, int64_t stride, int64_t rows, int64_t columns, int64_t width) {
  const int64_t panels = (columns + width - 1) / width;
  std::unique_ptr<float[]> packed(new float[panels * rows * width]);
  for (int64_t panel = 0; panel < panels; panel++) {
    const int64_t start = panel * width, filled = std::min(width, columns - start);
    for (int64_t k = 0; k < rows; k++) {
      float* to = &packed[(panel * rows + k) * width];
      std::copy_n(values + k * stride + start, filled, to);
      std::fill(to + filled, to + width, 0.0f);
    }
  }
  return packed;
}

// Makes the product block by block, of whole rows: the block from row `row` on goes to `place(row)`, or, where that is null, into
// memory of the thread's; then done(row, rows of the block, its values) is called.
template <typename Place, typename Done>
void for_each_block(const Factors& factors, const Place& place, const Done& done) {
  static const Tile tile = tile_of_this_processor();
  const auto& [x, d, rows, inputs, outputs] = factors;
  const int64_t panels = (outputs + tile.columns - 1) / tile.columns, bands = (inputs + tile.rows - 1) / tile.rows;
  const std::unique_ptr<float[]> d_panels = in_panels(d, outputs, rows, outputs, tile.columns);
  // Of many rows a panel is large: it is used for several bands while a near cache has it.
  const int64_t block = std::min(kMostBands, std::max<int64_t>(1, rows / kRowsOfABand));
  const int64_t least_bands = std::max<int64_t>(1, kLeastElements / std::max<int64_t>(1, tile.rows * outputs));
  in_parts(bands, least_bands, [&](int64_t start, int64_t end) {
    const auto& [x, d, rows, inputs, outputs] = factors;
    float sums[kMostTileRows * kMostTileColumns];
    std::unique_ptr<float[]> own;
    for (int64_t first = start; first < end; first += block) {
      const int64_t last = std::min(first + block, end);
      const int64_t top = first * tile.rows, height = std::min(inputs, last * tile.rows) - top;
      float* values = place(top);
      if (values == nullptr) {
        if (own == nullptr) own.reset(new float[block * tile.rows * outputs]);
        values = own.get();
      }
      const std::unique_ptr<float[]> x_panels = in_panels(x + top, inputs, rows, height, tile.rows);
      for (int64_t j = 0; j < panels; j++) {
        const int64_t column = j * tile.columns, width = std::min(tile.columns, outputs - column);
        for (int64_t band = 0; band < last - first; band++) {
          tile.kernel(&x_panels[band * rows * tile.rows], &d_panels[j * rows * tile.columns], rows, sums);
          const int64_t upper = band * tile.rows, lower = std::min(upper + tile.rows, height);
          for (int64_t r = upper; r < lower; r++)
            std::copy_n(sums + (r - upper) * tile.columns, width, values + r * outputs + column);
        }
      }
      done(top, height, values);
    }
  });
}

// The factors at these inputs, or a fault: `what` takes them.
Factors factors_of(const Input& x, const Input& d, const char* what, Status& status) {
  if (!status.ok()) return {};
  const std::vector<int64_t> of_x = x.shape(), of_d = d.shape();
  if (of_x.size() == 2 && of_d.size() == 2 && of_x[0] == of_d[0])
    return {x.floats(), d.floats(), of_x[0], of_x[1], of_d[1]};
  status.fault(std::string(what) + " takes factors of two dimensions, with the same rows");
  return {};
}

void product(void*, TF_OpKernelContext* context) {
  Status status;
  const Input x(context, 0, status);
  const Input d(context, 1, status);
  const Factors factors = factors_of(x, d, "a product of factors", status);
  if (failed(context, status)) return;
  const int64_t outputs = factors.outputs, shape[] = {factors.inputs, outputs};
  TF_Tensor* output = TF_AllocateOutput(context, 0, TF_FLOAT, shape, 2, shape[0] * shape[1] * sizeof(float), status.get());
  if (failed(context, status)) return;
  auto* result = static_cast<float*>(TF_TensorData(output));
  for_each_block(
      factors, [&](int64_t row) { return result + row * outputs; }, [](int64_t, int64_t, const float*) {});
  TF_DeleteTensor(output);
}

void momentum(void*, TF_OpKernelContext* context) {
  Status status;
  const Input weight(context, 0, status);
  const Input velocity(context, 1, status);
  const Input x(context, 2, status);
  const Input d(context, 3, status);
  const Input settings(context, 4, status);
  const Factors factors = factors_of(x, d, "momentum by factors", status);
  if (failed(context, status)) return;
  const int64_t outputs = factors.outputs;
  const std::vector<int64_t> shape = {factors.inputs, outputs};
  if (weight.shape() != shape || velocity.shape() != shape || settings.elements() != 3) {
    status.fault(
        "momentum by factors takes a weight and a velocity [inputs, outputs], and [rate, momentum, rate · decay]");
    failed(context, status);
    return;
  }
  float *w = weight.floats(), *v = velocity.floats();
  const float* s = settings.floats();
  for_each_block(
      factors, [](int64_t) -> float* { return nullptr; },
      [&](int64_t row, int64_t height, const float* gradient) {
        const int64_t at = row * outputs;
        update_by_momentum(w + at, v + at, gradient, height * outputs, s[0], s[1], s[2]);
      });
}

const bool kRegistered = [] {
  register_operation("TandemFactorProduct", {"x: float", "d: float"}, true, {}, nullptr, product, nullptr);
  register_operation("TandemFactorMomentum",
                     {"weight: float", "velocity: float", "x: float", "d: float", "settings: float"}, false, {},
                     nullptr, momentum, nullptr);
  return true;
}();

}  // namespace
}  // namespace tandem
