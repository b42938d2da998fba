// Purpose: internal to shared/compose: the services of one file, in canonical form, with `extends` followed.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "shared/compose/loader.hpp"

namespace farm::compose {

class ServiceSource {
 public:
  // `foreign`: the file is reached by `extends`, so its paths are relative to its own folder. `services` outlives the source.
  ServiceSource(Loader& loader, const Scope& scope, std::string path, const Node& services, bool foreign)
      : loader_(loader), scope_(scope), path_(std::move(path)), services_(services), foreign_(foreign) {}

  // The service with all that it extends. Its merge tags are still there, for the merge onto earlier files. Null after an error, or where
  // there is none.
  const Node* resolve(const std::string& name);

 private:
  using Step = std::pair<std::string, std::string>;  // file, service

  // Files reached by `extends`, shared by all sources of one document.
  struct Foreign {
    Node document;
    std::unique_ptr<ServiceSource> source;
  };
  struct Shared {
    std::map<std::string, Foreign> files;
    std::vector<Step> chain;
  };

  const Node* resolve(const std::string& name, Shared& shared);
  bool extend(Node& service, const std::string& name, Shared& shared);
  ServiceSource* open(const std::string& path, Mark from, Shared& shared);
  [[nodiscard]] std::string circle(const Shared& shared, const Step& step) const;

  Loader& loader_;
  const Scope& scope_;
  std::string path_;
  const Node& services_;
  bool foreign_;
  std::map<std::string, Node> done_;
  Shared shared_;  // used by the document's own source
};

}  // namespace farm::compose
