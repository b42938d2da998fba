// Purpose: Ctrl-C as a flag that every wait of farmctl looks at.
#pragma once

#include <atomic>

namespace farm::ctl {

// Set by SIGINT and SIGTERM once catch_interrupts() was called.
extern std::atomic<bool> interrupted;
// A second signal ends the program at once, as every other tool does.
void catch_interrupts();

}  // namespace farm::ctl
