#include "farmctl/commands/parallel.hpp"

namespace farm::ctl {

Result<std::uint32_t> parse_parallel(const std::vector<std::string>& arguments, std::vector<std::string>& rest) {
  std::uint32_t parallel = 1;
  for (const std::string& argument : arguments) {
    if (argument == "--parallel") {
      parallel = 0;
    } else if (argument.starts_with("--parallel=")) {
      const std::string text = argument.substr(11);
      const bool number = !text.empty() && text.size() <= 4 && text.find_first_not_of("0123456789") == std::string::npos;
      if (!number || std::stoul(text) == 0)
        return Error{ErrorKind::InvalidInput, "--parallel=" + text + ": give a number from 1 to 9999, or --parallel alone for no limit"};
      parallel = static_cast<std::uint32_t>(std::stoul(text));
    } else {
      rest.push_back(argument);
    }
  }
  return parallel;
}

}  // namespace farm::ctl
