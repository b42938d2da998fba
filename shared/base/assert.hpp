// Purpose: assertions about our own bugs, on in every build type. Never about bytes from outside: those get an Error.
// A failed assertion prints where and what, calls the test hook (which prints the seed), and aborts; records come first, so a restart is
// safe.
#pragma once

namespace farm {

// Called before the abort, e.g. by the simulator to print its seed. Null by default. Set it from one thread only.
using AssertHook = void (*)();
void set_assert_hook(AssertHook hook);

[[noreturn]] void assert_failed(const char* expression, const char* file, int line);

}  // namespace farm

#define FARM_ASSERT(expression) ((expression) ? static_cast<void>(0) : ::farm::assert_failed(#expression, __FILE__, __LINE__))
