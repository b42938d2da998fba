#include "shared/base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace farm {
namespace {
AssertHook assert_hook = nullptr;
}

void set_assert_hook(AssertHook hook) { assert_hook = hook; }

void assert_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, expression);
  if (assert_hook != nullptr) assert_hook();
  std::abort();
}

}  // namespace farm
