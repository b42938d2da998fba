#include "shared/compose/loader.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/limits.hpp"
#include "shared/compose/canonical.hpp"
#include "shared/compose/env_file.hpp"
#include "shared/compose/keys.hpp"
#include "shared/compose/merge.hpp"
#include "shared/compose/read_compose.hpp"
#include "shared/compose/service_source.hpp"
#include "shared/compose/yaml_load.hpp"

namespace farm::compose {
namespace {

constexpr std::size_t kProjectNodesMax = 2'000'000;
constexpr std::size_t kProjectBytesMax = 256U << 20U;
constexpr std::size_t kProjectFileBytesMax = 64U << 20U;

}  // namespace

bool Budget::charge(const Weight& weight) {
  nodes_ += weight.nodes;
  bytes_ += weight.bytes;
  return nodes_ <= kProjectNodesMax && bytes_ <= kProjectBytesMax;
}

bool Budget::charge_file(std::size_t bytes) {
  file_bytes_ += bytes;
  return ++files_ <= 2 * limits::kComposeFilesMax && file_bytes_ <= kProjectFileBytesMax;
}

std::optional<std::string> Loader::read(const std::string& path, std::size_t bytes_max, bool required, Mark from) {
  Result<std::string> text = tree_.read(path, bytes_max);
  if (!text) {
    if (required || text.error().kind != ErrorKind::NotFound) report_.error(from, text.error().message);
    return std::nullopt;
  }
  if (!budget_.charge_file(text->size())) return too_many_files(path, from), std::nullopt;
  if (std::find(files_read_.begin(), files_read_.end(), path) == files_read_.end()) files_read_.push_back(path);
  return std::move(*text);
}

void Loader::too_many_files(const std::string& path, Mark from) {
  report_.error(from, "reading " + path + ": the project reads more than the limit of " + std::to_string(limits::kComposeFilesMax) +
                          " files or " + std::to_string(kProjectFileBytesMax >> 20U) + " MiB");
}

const std::vector<Node>& Loader::documents(const std::string& path, Mark from) {
  const auto known = documents_.find(path);
  if (known != documents_.end()) return known->second;
  std::vector<Node>& documents = documents_[path];
  const std::optional<std::string> text = read(path, limits::kComposeBytesMax, true, from);
  if (text) documents = load_yaml(*text, report_.file_index(path), report_);
  return documents;
}

std::optional<Variables> Loader::env_file(const std::string& path, const Variables& known, bool required, Mark from) {
  const std::optional<std::string> text = read(path, limits::kEnvFileBytesMax, required, from);
  if (!text) return std::nullopt;
  return parse_env_file(*text, path, known, report_);
}

Variables Loader::env_files(const std::vector<std::string>& paths, const Variables& environment, Mark from) {
  Variables all;
  for (const std::string& path : paths) {
    Variables known = environment;
    known.insert(all.begin(), all.end());
    std::optional<Variables> own = env_file(path, known, true, from);
    if (own) {
      own->merge(all);
      all = std::move(*own);
    }
  }
  return all;
}

Model Loader::load(const std::vector<std::string>& files, const Scope& scope, Mark from) {
  Model model;
  for (const std::string& path : files) {
    if (std::find(chain_.begin(), chain_.end(), path) != chain_.end()) {
      std::string circle;
      for (const std::string& step : chain_) circle += step + " → ";
      report_.error(from, "`include` goes in a circle: " + circle + path);
      continue;
    }
    if (chain_.size() > limits::kIncludeDepthMax) {
      report_.error(from, "`include` is deeper than the limit of " + std::to_string(limits::kIncludeDepthMax) + " files");
      continue;
    }
    if (!budget_.charge_file(0)) return too_many_files(path, from), model;
    const bool had_errors = report_.failed();
    const std::vector<Node>& documents = this->documents(path, from);
    if (documents.empty() && !had_errors && !report_.failed()) report_.error_in(path, "the compose file is empty");
    chain_.push_back(path);
    for (const Node& document : documents) {
      if (!budget_.charge(weigh(document))) {
        report_.error(document.at, "the project grows beyond the limit of " + std::to_string(kProjectNodesMax) + " values");
        break;
      }
      load_document(document, path, scope, model);
    }
    chain_.pop_back();
  }
  return model;
}

bool Loader::check_document(const Node& document) {
  if (!document.is_map()) {
    report_.error(document.at, document.is_null() ? "the compose file is empty"
                                                  : "a compose file must be a mapping, not " + std::string(to_string(document.kind)));
    return false;
  }
  check_keys(document, top_level_keys(), "compose file", report_);
  const Node* services = document.find("services");
  if (services == nullptr || services->is_map()) return true;
  report_.error(services->key_at, "\"services\" must be a mapping, not " + std::string(to_string(services->kind)));
  return false;
}

void Loader::load_document(Node document, const std::string& path, const Scope& scope, Model& model) {
  if (!check_document(document)) return;
  interpolate_tree(document, scope.variables, growth_left_, report_);
  Model own;
  if (const Node* services = document.find("services")) {
    if (services->fields.size() > limits::kServicesMax) {
      report_.error(services->key_at, "the file has more than the limit of " + std::to_string(limits::kServicesMax) + " services");
      return;
    }
    ServiceSource source(*this, scope, path, *services, false);
    for (const auto& [name, raw] : services->fields) {
      if (const Node* service = source.resolve(name)) own.services.fields[name] = *service;
    }
    own.services.tag = services->tag;
  }
  if (const Node* secrets = document.find("secrets")) own.secrets = canonical_secrets(*secrets, report_);
  include_all(document, scope, own);
  merge_onto(model.services, std::move(own.services));
  merge_onto(model.secrets, std::move(own.secrets));
}

std::optional<std::string> Loader::inside(const std::string& base, const Node& path) {
  Result<std::string> resolved = paths_.inside(base, path.text);
  if (resolved) return std::move(*resolved);
  report_.error(path.at, resolved.error().message);
  return std::nullopt;
}

}  // namespace farm::compose
