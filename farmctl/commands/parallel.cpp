#include "farmctl/commands/parallel.hpp"

namespace farm::ctl {

Result<std::uint32_t> parse_parallel(const std::vector<std::string>& arguments, std::vector<std::string>& rest) {
  std::uint32_t parallel = 1;
  const auto is_number = [](const std::string& text) { return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos; };
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--parallel") {
      parallel = 0;
      if (i + 1 < arguments.size() && is_number(arguments[i + 1])) {
        return Error{ErrorKind::InvalidInput, "--parallel " + arguments[i + 1] + ": write --parallel=" + arguments[i + 1] +
                                                  "; without the = the word after --parallel is a service"};
      }
    } else if (argument.starts_with("--parallel=")) {
      const std::string text = argument.substr(11);
      if (!is_number(text) || text.size() > 4 || std::stoul(text) == 0)
        return Error{ErrorKind::InvalidInput, "--parallel=" + text + ": give a number from 1 to 9999, or --parallel alone for no limit"};
      parallel = static_cast<std::uint32_t>(std::stoul(text));
    } else {
      rest.push_back(argument);
    }
  }
  return parallel;
}

}  // namespace farm::ctl
