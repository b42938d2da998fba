#include "farmctl/exit_code.hpp"

#include <gtest/gtest.h>

namespace farm::ctl {
namespace {

// README promises these numbers to scripts.
TEST(ExitCode, TellsWhoseFaultItWas) {
  const auto code = [](ErrorKind kind) { return static_cast<int>(exit_code_of(kind)); };
  for (const ErrorKind kind :
       {ErrorKind::InvalidInput, ErrorKind::NotFound, ErrorKind::Conflict, ErrorKind::Unsupported, ErrorKind::Denied}) {
    EXPECT_EQ(code(kind), 2);
  }
  for (const ErrorKind kind : {ErrorKind::Unavailable, ErrorKind::Overloaded, ErrorKind::Timeout}) EXPECT_EQ(code(kind), 3);
  EXPECT_EQ(code(ErrorKind::Cancelled), 1);
  for (const ErrorKind kind : {ErrorKind::Corrupt, ErrorKind::Internal}) EXPECT_EQ(code(kind), 4);
}

}  // namespace
}  // namespace farm::ctl
