// Compiled into the binding. TensorFlow reads TF_CPP_MIN_LOG_LEVEL only after its own static initialisers have logged
// ("oneDNN custom operations are on"), and nothing in its environment quiets those. The binding comes before the
// libraries in the loader's search order, so this definition of absl::MinLogLevel() is the one they call: the variable
// then holds from the first instruction. Errors stay on standard error.
//
// TANDEM_MIN_LOG_LEVEL_SYMBOL is the mangled name, which carries Abseil's release and is read from the library at build time.
#ifdef TANDEM_MIN_LOG_LEVEL_SYMBOL
#include <cstdlib>

extern "C" __attribute__((visibility("default"))) int tandem_min_log_level() __asm__(TANDEM_MIN_LOG_LEVEL_SYMBOL);

// Read each time (once a message): loading a CUDA build for the CPU is quieter than what follows.
extern "C" int tandem_min_log_level() {
  const char* text = std::getenv("TF_CPP_MIN_LOG_LEVEL");
  return text ? std::atoi(text) : 0;
}
#endif
