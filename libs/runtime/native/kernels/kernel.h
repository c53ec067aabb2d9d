// What Tandem's kernels share: registration through TensorFlow's C API (tensorflow/c/kernels.h, ops.h), tensors as arrays
// of float32, and rows dealt to threads. They run on the CPU; elsewhere the caller takes TensorFlow's own.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "tensorflow/c/tf_attrtype.h"
#include "tensorflow/c/tf_datatype.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"

// Of tensorflow/c/kernels.h and ops.h, which a wheel has, but not all that they include.
extern "C" {
struct TF_KernelBuilder;
struct TF_OpDefinitionBuilder;
struct TF_OpKernelConstruction;
struct TF_OpKernelContext;
struct TF_ShapeInferenceContext;
TF_OpDefinitionBuilder* TF_NewOpDefinitionBuilder(const char* op_name);
void TF_OpDefinitionBuilderAddAttr(TF_OpDefinitionBuilder*, const char* attr_spec);
void TF_OpDefinitionBuilderAddInput(TF_OpDefinitionBuilder*, const char* input_spec);
void TF_OpDefinitionBuilderAddOutput(TF_OpDefinitionBuilder*, const char* output_spec);
void TF_OpDefinitionBuilderSetIsStateful(TF_OpDefinitionBuilder*, bool);
void TF_OpDefinitionBuilderSetShapeInferenceFunction(TF_OpDefinitionBuilder*,
                                                     void (*)(TF_ShapeInferenceContext*, TF_Status*));
void TF_ShapeInferenceContextSetUnknownShape(TF_ShapeInferenceContext*, TF_Status*);
void TF_RegisterOpDefinition(TF_OpDefinitionBuilder*, TF_Status*);
TF_KernelBuilder* TF_NewKernelBuilder(const char* op_name, const char* device_name,
                                      void* (*create)(TF_OpKernelConstruction*),
                                      void (*compute)(void*, TF_OpKernelContext*), void (*release)(void*));
void TF_RegisterKernelBuilder(const char* kernel_name, TF_KernelBuilder*, TF_Status*);
void TF_OpKernelConstruction_GetAttrInt64(TF_OpKernelConstruction*, const char* attr_name, int64_t*, TF_Status*);
void TF_OpKernelConstruction_GetAttrFloat(TF_OpKernelConstruction*, const char* attr_name, float*, TF_Status*);
void TF_OpKernelConstruction_Failure(TF_OpKernelConstruction*, TF_Status*);
void TF_GetInput(TF_OpKernelContext*, int i, TF_Tensor** tensor, TF_Status*);
TF_Tensor* TF_AllocateOutput(TF_OpKernelContext*, int index, TF_DataType, const int64_t* dims, int num_dims, size_t len,
                             TF_Status*);
void TF_OpKernelContext_Failure(TF_OpKernelContext*, TF_Status*);
}

// A loop is compiled for each of these, and the widest that the processor knows is taken. All give the same bits: the
// build forbids contracted multiply-adds, and square roots and divisions are exact.
#if defined(__x86_64__) && defined(__linux__)
#define TANDEM_WIDE __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define TANDEM_WIDE
#endif

namespace tandem {

// A TF_Status that is released with its scope.
class Status {
 public:
  Status() : status_(TF_NewStatus()) {}
  ~Status() { TF_DeleteStatus(status_); }
  Status(const Status&) = delete;
  Status& operator=(const Status&) = delete;
  TF_Status* get() const { return status_; }
  bool ok() const { return TF_GetCode(status_) == TF_OK; }
  void fault(const std::string& what) { TF_SetStatus(status_, TF_INVALID_ARGUMENT, what.c_str()); }

 private:
  TF_Status* status_;
};

// An input of an operation, released with its scope.
class Input {
 public:
  Input(TF_OpKernelContext* context, int index, Status& status) {
    if (status.ok()) TF_GetInput(context, index, &tensor_, status.get());
  }
  ~Input() {
    if (tensor_ != nullptr) TF_DeleteTensor(tensor_);
  }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  float* floats() const { return static_cast<float*>(TF_TensorData(tensor_)); }
  int64_t elements() const { return TF_TensorElementCount(tensor_); }
  std::vector<int64_t> shape() const {
    std::vector<int64_t> dimensions(TF_NumDims(tensor_));
    for (size_t i = 0; i < dimensions.size(); i++) dimensions[i] = TF_Dim(tensor_, static_cast<int>(i));
    return dimensions;
  }

 private:
  TF_Tensor* tensor_ = nullptr;
};

// Ends an operation that cannot be done.
inline bool failed(TF_OpKernelContext* context, const Status& status) {
  if (status.ok()) return false;
  TF_OpKernelContext_Failure(context, status.get());
  return true;
}

// As many as TensorFlow's own operations take (tensorflow-environment.ts).
inline int64_t threads() {
  const char* text = std::getenv("TF_NUM_INTRAOP_THREADS");
  const int64_t count = text == nullptr ? 0 : std::atoll(text);
  return count > 0 ? count : std::max<int64_t>(1, std::thread::hardware_concurrency());
}

// Calls `work(start, end)` with consecutive parts of 0…count − 1, one a thread, and returns when all are done. What is computed
// for one index must not depend on the others, so that the bits do not depend on the threads.
template <typename Work>
void in_parts(int64_t count, int64_t least_of_a_thread, const Work& work) {
  const int64_t parts = std::max<int64_t>(1, std::min(threads(), count / std::max<int64_t>(1, least_of_a_thread)));
  std::vector<std::thread> others;
  for (int64_t part = 1; part < parts; part++)
    others.emplace_back([&work, count, parts, part] { work(count * part / parts, count * (part + 1) / parts); });
  work(0, count / parts);
  for (std::thread& other : others) other.join();
}

using Create = void* (*)(TF_OpKernelConstruction*);
using Compute = void (*)(void*, TF_OpKernelContext*);
using Release = void (*)(void*);

// Registers a float32 operation and its CPU kernel; at load time, so that a fault can only be told by its absence later.
inline void register_operation(const char* name, const std::vector<const char*>& inputs, bool has_output,
                               const std::vector<const char*>& attributes, Create create, Compute compute,
                               Release release) {
  Status status;
  TF_OpDefinitionBuilder* definition = TF_NewOpDefinitionBuilder(name);
  for (const char* input : inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  if (has_output) TF_OpDefinitionBuilderAddOutput(definition, "y: float");
  for (const char* attribute : attributes) TF_OpDefinitionBuilderAddAttr(definition, attribute);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, [](TF_ShapeInferenceContext* context, TF_Status* into) {
    TF_ShapeInferenceContextSetUnknownShape(context, into);
  });
  // Updates in place have no output that they could be left out for.
  TF_OpDefinitionBuilderSetIsStateful(definition, !has_output);
  TF_RegisterOpDefinition(definition, status.get());
  if (!status.ok()) return;
  TF_RegisterKernelBuilder(name, TF_NewKernelBuilder(name, "CPU", create, compute, release), status.get());
}

}  // namespace tandem
