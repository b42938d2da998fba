#include "coordinator/app/submit_check.hpp"

#include <algorithm>

#include "coordinator/app/authorise.hpp"
#include "coordinator/app/open_build.hpp"
#include "shared/oci/image_ref.hpp"

namespace farm::coordinator {
namespace {

constexpr std::size_t kTokenDigits = 32;
constexpr std::size_t kSecretsBytesMax = 1U << 20U;
constexpr std::size_t kNameBytesMax = 300;
constexpr std::size_t kShownBytesMax = 200;
constexpr std::size_t kSupersedeBytesMax = 200;

Error bad(const std::string& what) { return {ErrorKind::InvalidInput, "submitting: " + what}; }

bool is_token(const std::string& text) {
  return text.size() == kTokenDigits && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

bool has_control(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// Names go to logs and to other people's terminals, where a control character is a command.
Result<void> check_name(const std::string& what, const std::string& name) {
  if (name.empty() || name.size() > kNameBytesMax) return bad(what + " has no name, or one of over 300 bytes");
  if (has_control(name)) return bad(what + " has a control character in its name");
  return {};
}

// Found out now, not by the registry when everything is built.
Result<void> check_reference(const std::string& service, const std::string& text, const std::string& slice_repository) {
  const Published published = split_reference(text);
  if (!oci::valid_repository(published.repository) || !oci::valid_tag(published.tag)) {
    return bad("service '" + service + "': '" + text.substr(0, kShownBytesMax) +
               "' is no name for an image; correct its `image` or `tags`");
  }
  // Tags in there say which blob holds which sources, and which results the registry must keep.
  for (const std::string& own :
       {slice_repository, std::string("farm/deps"), std::string("farm/crates"), std::string("farm/compile"), std::string("farm/cache")}) {
    if (published.repository == own) {
      return Error{ErrorKind::Denied, "submitting: service '" + service + "' can't be published as '" + text + "': " + own +
                                          " is where the farm keeps its own; give it another `image`"};
    }
  }
  return {};
}

Result<void> check_names(const Plan& plan, const std::string& slice_repository) {
  if (auto checked = check_name("the project", plan.project); !checked) return checked;
  for (const JobSpec& job : plan.jobs) {
    if (auto checked = check_name("a job", job.name); !checked) return checked;
    if (!oci::valid_repository(job.repository)) return bad("job '" + job.name + "' has no valid repository for its result");
  }
  for (const ServicePlan& service : plan.services) {
    if (auto checked = check_name("a service", service.service); !checked) return checked;
    if (auto checked = check_reference(service.service, service.image, slice_repository); !checked) return checked;
    for (const std::string& tag : service.tags) {
      if (auto checked = check_reference(service.service, tag, slice_repository); !checked) return checked;
    }
  }
  return {};
}

Result<void> check_secrets(const protocol::Submit& submit) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : submit.secrets) bytes += name.size() + value.size();
  if (bytes > kSecretsBytesMax) return Error{ErrorKind::Overloaded, "submitting: the secrets are over 1 MiB together"};
  for (const JobSpec& job : submit.plan.jobs) {
    for (const std::string& secret : job.secrets) {
      if (!submit.secrets.contains(secret)) return bad("job '" + job.name + "' needs the secret '" + secret + "', which was not sent");
    }
  }
  return {};
}

Result<void> check_supersede(const std::string& key) {
  if (key.size() > kSupersedeBytesMax) return bad("the supersede key is over " + std::to_string(kSupersedeBytesMax) + " bytes");
  if (has_control(key)) return bad("the supersede key has a control character in it");
  return {};
}

}  // namespace

Result<void> check_submit(const net::KeyOwner& owner, const protocol::Submit& submit, const std::string& slice_repository) {
  if (!is_token(submit.token)) return bad("the token is not 32 hex digits");
  if (auto checked = check_plan(submit.plan); !checked) return checked;
  if (submit.plan.services.empty()) return bad("the plan has no service to build");
  if (auto checked = check_names(submit.plan, slice_repository); !checked) return checked;
  if (auto checked = check_secrets(submit); !checked) return checked;
  if (auto checked = check_supersede(submit.options.supersede); !checked) return checked;
  return may_touch(owner, submit.plan.project);
}

}  // namespace farm::coordinator
