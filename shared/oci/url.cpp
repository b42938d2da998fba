#include <memory>

#include <curl/curl.h>

#include "shared/oci/http.hpp"

namespace farm::oci {
namespace {

constexpr std::size_t kUrlBytesMax = 8192;

struct CloseUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, CloseUrl>;

std::string part(CURLU* url, CURLUPart which, unsigned int flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK || text == nullptr) return "";
  std::string out = text;
  curl_free(text);
  return out;
}

Error bad_url(const std::string& url) { return {ErrorKind::Corrupt, "'" + url.substr(0, 200) + "' is no http or https address"}; }

}  // namespace

Result<UrlParts> split_url(const std::string& url) {
  const Url handle(curl_url());
  if (!handle || url.size() > kUrlBytesMax || curl_url_set(handle.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return bad_url(url);
  UrlParts parts;
  parts.scheme = part(handle.get(), CURLUPART_SCHEME);
  if (parts.scheme != "http" && parts.scheme != "https") return bad_url(url);
  // A user in the address would be sent as a login that nobody chose.
  if (!part(handle.get(), CURLUPART_USER).empty()) return bad_url(url);
  parts.origin = parts.scheme + "://" + part(handle.get(), CURLUPART_HOST) + ":" + part(handle.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  return parts;
}

Result<std::string> resolve_url(const std::string& base, const std::string& location) {
  const Url handle(curl_url());
  if (!handle || location.empty() || location.size() > kUrlBytesMax ||
      curl_url_set(handle.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK ||
      curl_url_set(handle.get(), CURLUPART_URL, location.c_str(), 0) != CURLUE_OK) {
    return bad_url(location);
  }
  std::string url = part(handle.get(), CURLUPART_URL);
  if (const Result<UrlParts> parts = split_url(url); !parts) return parts.error();
  return url;
}

std::string url_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    }
  }
  return out;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t three = 0;
    for (std::size_t k = 0; k < 3; ++k) three = (three << 8U) | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      out += i + k > bytes.size() ? '=' : kAlphabet[(three >> (18U - 6U * static_cast<unsigned>(k))) & 63U];
  }
  return out;
}

}  // namespace farm::oci
