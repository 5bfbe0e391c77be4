// The typed exceptions of the native core; module.cpp turns each into its mnemic.errors class.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace mnemic {

class Error : public std::runtime_error {
 public:
  Error(const std::string& message, std::string hint)
      : std::runtime_error(message), hint_(std::move(hint)) {}

  const std::string& hint() const noexcept { return hint_; }

 private:
  std::string hint_;
};

// The caller's value cannot be used.
struct InvalidInput : Error {
  explicit InvalidInput(const std::string& message, std::string hint = "")
      : Error(message, std::move(hint)) {}
};

// A file's content is not what any writer of ours makes; the message names the file.
struct IndexCorrupt : Error {
  explicit IndexCorrupt(const std::string& message)
      : Error(message, "rebuild the collection's indexes from its catalogue") {}
};

// The thing that was named is not there.
struct NotFound : Error {
  explicit NotFound(const std::string& message) : Error(message, "") {}
};

// More documents or tokens than the format can number.
struct LimitExceeded : Error {
  explicit LimitExceeded(const std::string& message, std::string hint = "")
      : Error(message, std::move(hint)) {}
};

}  // namespace mnemic
