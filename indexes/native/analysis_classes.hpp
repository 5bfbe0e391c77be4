// What the kernels know of characters: the roles of ASCII, and classes of others that a policy gives.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "errors.hpp"

namespace mnemic {

// The roles of an ASCII byte in a token; bytes without any separate tokens.
enum Role : std::uint8_t { word = 1, digit = 2, letter = 4, joint = 8, code_joint = 16 };

inline constexpr std::array<std::uint8_t, 256> ascii_roles = [] {
  std::array<std::uint8_t, 256> roles{};
  for (int c = '0'; c <= '9'; ++c) roles[c] = word | digit;
  for (int c = 'A'; c <= 'Z'; ++c) roles[c] = roles[c + 'a' - 'A'] = word | letter;
  roles['_'] = word;
  for (const char c : {'\'', '.', ','}) roles[c] = joint;
  for (const char c : {':', '-', '>'}) roles[c] = code_joint;
  return roles;
}();

inline std::uint8_t role_of(char byte) noexcept {
  return ascii_roles[static_cast<unsigned char>(byte)];
}

// What a character beyond ASCII is to its neighbours.
enum class Kind : std::uint8_t {
  other,     // a part of its chunk, which is looked up as a whole
  breaking,  // never in a token, and changes none beside it: a chunk ends here
  paired,    // each two neighbours are a key; composes with nothing but what is `other`
  unspaced,  // its chunk may be long and hardly ever comes again
  joining,   // joins words, but never beside a paired character
};

struct KindRange {
  std::uint32_t first, last;
  Kind kind;
};

// The rules of one analyzer, as data.
class CharacterRules {
 public:
  // Later ranges overrule earlier ones. `code` joins a.b, a::b and a->b; `lower` folds ASCII.
  CharacterRules(std::span<const KindRange> ranges, bool code, bool lower)
      : code_(code), lower_(lower), low_(low_characters, Kind::other) {
    for (const KindRange& range : ranges) {
      if (range.first > range.last || range.last > 0x10FFFF)
        throw InvalidInput("characters " + std::to_string(range.first) + " to " +
                           std::to_string(range.last) + " are no range");
      for (std::uint32_t c = range.first; c <= range.last && c < low_characters; ++c)
        low_[c] = range.kind;
      if (range.last >= low_characters) high_.push_back(range);
    }
  }

  bool code() const noexcept { return code_; }
  bool lower() const noexcept { return lower_; }

  Kind kind_of(std::uint32_t character) const noexcept {
    if (character < low_characters) return low_[character];
    Kind kind = Kind::other;
    for (const KindRange& range : high_)
      if (range.first <= character && character <= range.last) kind = range.kind;
    return kind;
  }

  // Whether no token goes across this ASCII byte.
  bool separates(char byte) const noexcept {
    return (role_of(byte) & (code_ ? word | joint | code_joint : word | joint)) == 0;
  }

 private:
  static constexpr std::uint32_t low_characters = 0x10000;
  bool code_, lower_;
  std::vector<Kind> low_;
  std::vector<KindRange> high_;
};

}  // namespace mnemic
