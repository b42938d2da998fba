#include "shared/dockerfile/words.hpp"

#include "shared/dockerfile/lines.hpp"

namespace farm::dockerfile_detail {

std::vector<std::string> split_blanks(std::string_view text) {
  std::vector<std::string> words;
  std::size_t at = 0;
  while (at < text.size()) {
    while (at < text.size() && is_space(text[at])) ++at;
    const std::size_t begin = at;
    while (at < text.size() && !is_space(text[at])) ++at;
    if (at > begin) words.emplace_back(text.substr(begin, at - begin));
  }
  return words;
}

std::vector<std::string> split_quoted(std::string_view text, char escape) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == 0 && is_space(c)) {
      if (in_word) words.push_back(word);
      word.clear();
      in_word = false;
      continue;
    }
    in_word = true;
    if (c == escape && quote != '\'') {
      if (i + 1 == text.size()) break;  // an escape at the very end is dropped
      word += c;
      word += text[++i];
      continue;
    }
    if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    }
    word += c;
  }
  if (in_word && !word.empty()) words.push_back(word);
  return words;
}

std::size_t cut_flags(std::string_view text, char escape, std::vector<std::string>& flags) {
  std::size_t at = 0;
  for (;;) {
    while (at < text.size() && is_space(text[at])) ++at;
    if (!text.substr(at).starts_with("--")) return at;
    std::string word;
    char quote = 0;
    for (; at < text.size() && (quote != 0 || !is_space(text[at])); ++at) {
      const char c = text[at];
      if (c == escape) {
        if (++at == text.size()) break;
        word += text[at];
      } else if (quote == 0 && (c == '\'' || c == '"')) {
        quote = c;
      } else if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    }
    if (word == "--") return at;
    flags.push_back(word);
  }
}

std::optional<Heredoc> heredoc_word(std::string_view word) {
  while (!word.empty() && word.front() >= '0' && word.front() <= '9') word.remove_prefix(1);
  if (!word.starts_with("<<")) return std::nullopt;
  word.remove_prefix(2);
  Heredoc heredoc;
  if (word.starts_with('-')) {
    heredoc.strip_tabs = true;
    word.remove_prefix(1);
  }
  word = trim(word);
  if (word.empty() || word.find('<') != std::string_view::npos) return std::nullopt;
  char quote = 0;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    if (quote == 0 && is_space(c)) return std::nullopt;  // more than one word
    if (c == '\\' && quote == 0 && i + 1 < word.size()) {
      heredoc.name += word[++i];
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
      heredoc.expand = false;
    } else if (c == quote) {
      quote = 0;
    } else {
      heredoc.name += c;
    }
  }
  if (quote != 0 || heredoc.name.empty()) return std::nullopt;
  return heredoc;
}

std::vector<Heredoc> find_heredocs(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == 0 && is_space(c)) {
      if (!word.empty()) words.push_back(word);
      word.clear();
    } else if (quote == 0 && c == '<' && text.substr(i).starts_with("<<")) {
      word += "<<";
      ++i;
      while (i + 1 < text.size() && (text[i + 1] == ' ' || text[i + 1] == '\t')) word += text[++i];
    } else if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      word += c;
      word += text[++i];
    } else {
      if (quote == 0 && (c == '\'' || c == '"')) {
        quote = c;
      } else if (c == quote) {
        quote = 0;
      }
      word += c;
    }
  }
  std::vector<Heredoc> heredocs;
  if (quote != 0) return heredocs;  // BuildKit gives up on the line as well
  if (!word.empty()) words.push_back(word);
  for (const std::string& each : words) {
    if (std::optional<Heredoc> heredoc = heredoc_word(each)) heredocs.push_back(std::move(*heredoc));
  }
  return heredocs;
}

}  // namespace farm::dockerfile_detail
