// Any bytes as a project: lines "### path" begin files; what stands before the first is compose.yaml.
#include <cstdint>
#include <string>
#include <string_view>

#include "shared/base/assert.hpp"
#include "shared/base/limits.hpp"
#include "shared/compose/read_compose.hpp"

namespace {

farm::MemoryTree tree_of(std::string_view text) {
  std::map<std::string, std::string> files;
  std::string path = "compose.yaml";
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() < text.size() ? line.size() + 1 : line.size());
    if (line.starts_with("### ")) {
      path = line.substr(4);
    } else {
      files[path].append(line).append("\n");
    }
  }
  return farm::MemoryTree(std::move(files));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const farm::MemoryTree tree = tree_of({reinterpret_cast<const char*>(data), size});
  farm::ComposeRequest request;
  request.environment = {{"A", "aa"}, {"EMPTY", ""}};
  request.profiles = {"*"};
  request.root_directory = "/srv/project";
  const farm::Parsed<farm::ComposeProject> parsed = farm::read_compose(tree, request);
  for (const farm::Diagnostic& diagnostic : parsed.diagnostics) FARM_ASSERT(!diagnostic.message.empty());
  if (!parsed.ok()) return 0;
  FARM_ASSERT(parsed.value.services.size() <= farm::limits::kServicesMax);
  for (std::size_t index = 1; index < parsed.value.services.size(); ++index) {
    FARM_ASSERT(parsed.value.services[index - 1].name < parsed.value.services[index].name);
  }
  for (const farm::Service& service : parsed.value.services) {
    FARM_ASSERT(parsed.value.find(service.name) == &service);
    for (const std::string& other : service.depends_on) FARM_ASSERT(parsed.value.find(other) != nullptr);
    if (service.build && !service.build->remote)
      FARM_ASSERT(!service.build->context.starts_with('/') && !service.build->context.starts_with(".."));
  }
  return 0;
}
