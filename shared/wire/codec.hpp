// Purpose: for this folder's .cpp files only: helpers between values and Cap'n Proto builders and readers. write() fills a builder;
// read() fills a value and throws DecodeFailure (caught in decode_message() below) where a value can't be what it claims to be.
#pragma once

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <kj/exception.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/base/digest.hpp"
#include "shared/base/ids.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"

namespace farm::wire {

// Lists of one message are at most this long, whatever they hold; over it: Overloaded.
inline constexpr unsigned kListItemsMax = 100'000;
inline constexpr int kNestingMax = 16;
inline constexpr std::size_t kRecordBytesMax = 64U << 20U;  // one value on disk: a frame and what was added to it

// One specialization per pair of schema struct and value, in the file that knows both. Specializations, not overloads, since the lists'
// helpers below have to find those that come later.
template <typename Builder, typename Value>
void write(Builder out, const Value& value);
template <typename Reader, typename Value>
void read(Reader in, Value& value);

struct DecodeFailure {
  Error error;
};

[[noreturn]] void fail(ErrorKind kind, std::string message);
[[noreturn]] void fail_unknown(std::string_view what, unsigned number);

std::string message_bytes(capnp::MessageBuilder& message);

// Copies into aligned words, reads with limits taken from the size, and turns every failure into an Error. `read_root` gets the reader.
template <typename T, typename Root, typename ReadRoot>
Result<T> decode_message(std::string_view bytes, std::size_t bytes_max, std::string_view what, ReadRoot read_root);

// ---- text, data, scalars

inline capnp::Text::Reader text(const std::string& value) { return {value.c_str(), value.size()}; }
inline std::string from_text(capnp::Text::Reader value) { return {value.begin(), value.size()}; }
inline capnp::Data::Reader data(std::string_view bytes) {
  return {reinterpret_cast<const capnp::byte*>(bytes.data()), bytes.size()};  // char to byte of the same size
}
inline std::string from_data(capnp::Data::Reader value) { return {reinterpret_cast<const char*>(value.begin()), value.size()}; }
inline capnp::Data::Reader data(const Digest& digest) {
  return digest.empty() ? capnp::Data::Reader() : capnp::Data::Reader(digest.bytes.data(), digest.bytes.size());
}
Digest from_digest(capnp::Data::Reader value);

// Enumerants and the model's values are numbered alike; `last` is the highest that this version knows.
template <typename To, typename From>
To checked_enum(From value, To last, std::string_view what) {
  const auto number = static_cast<unsigned>(value);
  if (number > static_cast<unsigned>(last)) fail_unknown(what, number);
  return static_cast<To>(number);
}
template <typename To, typename From>
To to_enum(From value) {
  return static_cast<To>(static_cast<unsigned>(value));
}

// ---- lists

inline unsigned count(std::size_t size) { return static_cast<unsigned>(size); }

template <typename List>
void check_length(const List& list) {
  if (list.size() > kListItemsMax) fail(ErrorKind::Overloaded, "a list of " + std::to_string(list.size()) + " items is above the limit");
}

template <typename List, typename Values>
void write_all(List list, const Values& values) {
  unsigned place = 0;
  for (const auto& value : values) write(list[place++], value);
}
template <typename List>
void write_texts(List list, const std::vector<std::string>& values) {
  for (unsigned place = 0; place < list.size(); ++place) list.set(place, text(values[place]));
}
template <typename List>
void write_digests(List list, const std::vector<Digest>& values) {
  for (unsigned place = 0; place < list.size(); ++place) list.set(place, data(values[place]));
}
template <typename List, typename Tag>
void write_ids(List list, const std::vector<Id<Tag>>& values) {
  for (unsigned place = 0; place < list.size(); ++place) list.set(place, values[place].value);
}
template <typename List>
void write_map(List list, const std::map<std::string, std::string>& values) {
  unsigned place = 0;
  for (const auto& [key, value] : values) {
    list[place].setKey(text(key));
    list[place++].setValue(text(value));
  }
}

template <typename List, typename Value>
void read_all(List list, std::vector<Value>& out) {
  check_length(list);
  out.clear();
  for (const auto item : list) read(item, out.emplace_back());
}
template <typename List>
void read_texts(List list, std::vector<std::string>& out) {
  check_length(list);
  out.clear();
  for (const auto item : list) out.push_back(from_text(item));
}
template <typename List>
void read_digests(List list, std::vector<Digest>& out) {
  check_length(list);
  out.clear();
  for (const auto item : list) out.push_back(from_digest(item));
}
template <typename List, typename Tag>
void read_ids(List list, std::vector<Id<Tag>>& out) {
  check_length(list);
  out.clear();
  for (const auto item : list) out.push_back({item});
}
template <typename List>
void read_map(List list, std::map<std::string, std::string>& out) {
  check_length(list);
  out.clear();
  for (const auto item : list) out[from_text(item.getKey())] = from_text(item.getValue());
}

// ---- decode

struct AlignedWords {
  explicit AlignedWords(std::string_view bytes);
  kj::Array<capnp::word> words;
};

template <typename T, typename Root, typename ReadRoot>
Result<T> decode_message(std::string_view bytes, std::size_t bytes_max, std::string_view what, ReadRoot read_root) {
  const std::string doing = "reading " + std::string(what);
  if (bytes.size() > bytes_max) {
    return Error{ErrorKind::Overloaded,
                 doing + ": " + std::to_string(bytes.size()) + " bytes are above the limit of " + std::to_string(bytes_max)};
  }
  if (bytes.empty() || bytes.size() % sizeof(capnp::word) != 0) {
    return Error{ErrorKind::Corrupt, doing + ": " + std::to_string(bytes.size()) + " bytes are no message"};
  }
  try {
    const AlignedWords aligned(bytes);
    capnp::ReaderOptions options;
    options.traversalLimitInWords = aligned.words.size() * 2 + 64;  // each word once, with room for lists read twice
    options.nestingLimit = kNestingMax;
    capnp::FlatArrayMessageReader reader(aligned.words, options);
    T value{};
    read_root(reader.getRoot<Root>(), value);
    return value;
  } catch (const DecodeFailure& failure) {
    return failure.error.with(doing);
  } catch (const kj::Exception& exception) {
    return Error{ErrorKind::Corrupt, doing + ": " + exception.getDescription().cStr()};
  } catch (const std::bad_alloc&) {
    return Error{ErrorKind::Overloaded, doing + ": not enough memory"};
  }
}

}  // namespace farm::wire
