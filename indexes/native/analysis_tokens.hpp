// Where keys begin and end in a text: tokens of ASCII, and chunks that hold other characters.
#pragma once

#include <cstddef>
#include <string_view>

#include "analysis_classes.hpp"
#include "analysis_unicode.hpp"

namespace mnemic {

// Walks over texts and calls a sink:
//   sink.token(text, begin, end)   an ASCII token
//   sink.chunk(text, begin, end)   a stretch that is looked up as a whole
//   sink.once(text, begin, end)    the same, of scripts without spaces: not to be remembered
template <typename Sink>
class TextWalker {
 public:
  TextWalker(const CharacterRules& rules, Sink& sink) : rules_(rules), sink_(sink) {}

  // A text of ASCII characters only.
  void walk_ascii(std::string_view text) { tokens(text, 0, text.size()); }

  // Any well-formed UTF-8.
  void walk(std::string_view text) {
    std::size_t done = 0;
    while (true) {
      const std::size_t other = next_beyond_ascii(text, done);
      if (other == text.size()) return tokens(text, done, other);
      std::size_t begin = other;
      while (begin > done && !rules_.separates(text[begin - 1])) --begin;
      tokens(text, done, begin);
      done = stretch(text, begin, other);
    }
  }

 private:
  const CharacterRules& rules_;
  Sink& sink_;

  // Bytes from `at` that join the word that ends there to one that begins after them; or 0.
  std::size_t joined(std::string_view text, std::size_t at, std::size_t end) const noexcept {
    const auto has = [&](std::size_t i, int roles) {
      return i < end && (role_of(text[i]) & roles) != 0;
    };
    const auto named = [&](std::size_t i) { return has(i, word) && !has(i, digit); };
    const auto pair = [&](char second) {
      return rules_.code() && at + 1 < end && text[at + 1] == second && named(at + 2);
    };
    switch (text[at]) {
      case '\'': return has(at + 1, word);
      case ',': return has(at - 1, digit) && has(at + 1, digit);
      case '.':
        if (has(at - 1, digit) && has(at + 1, digit)) return 1;
        if (rules_.code()) return named(at + 1);
        return has(at - 1, letter) && (at < 2 || !has(at - 2, word)) && has(at + 1, letter) &&
               !has(at + 2, word);
      case ':': return pair(':') ? 2 : 0;
      case '-': return pair('>') ? 2 : 0;
      default: return 0;
    }
  }

  void tokens(std::string_view text, std::size_t at, std::size_t end) {
    while (true) {
      while (at < end && (role_of(text[at]) & word) == 0) ++at;
      if (at == end) return;
      const std::size_t begin = at;
      while (true) {
        while (at < end && (role_of(text[at]) & word) != 0) ++at;
        const std::size_t joint = at < end ? joined(text, at, end) : 0;
        if (joint == 0) break;
        at += joint;
      }
      sink_.token(text, begin, at);
    }
  }

  // The stretch around the character at `other`, up to what separates; says where to go on.
  std::size_t stretch(std::string_view text, std::size_t begin, std::size_t other) {
    bool paired = false, unspaced = false, rest = false;
    std::size_t at = other, after = 0;
    while (at < text.size() && after == 0) {
      if (static_cast<unsigned char>(text[at]) < 0x80) {
        if (rules_.separates(text[at])) break;
        ++at;
        continue;
      }
      const Decoded next = decode(text.data() + at);
      switch (rules_.kind_of(next.character)) {
        case Kind::breaking: after = at + next.bytes; continue;
        case Kind::paired: paired = true; break;
        case Kind::unspaced: unspaced = true; break;
        case Kind::other: rest = true; break;
      }
      at += next.bytes;
    }
    if (!paired && !unspaced && !rest) tokens(text, begin, at);
    else emit(text, begin, at, paired && !unspaced && !rest, paired || unspaced);
    return after != 0 ? after : at;
  }

  void emit(std::string_view text, std::size_t begin, std::size_t end, bool paired, bool once) {
    // Punctuation at the ends joins nothing.
    while (is_punctuation(text[begin])) ++begin;
    while (is_punctuation(text[end - 1])) --end;
    if (paired && next_ascii(text, begin, end) == end) pairs(text, begin, end);
    else if (once) sink_.once(text, begin, end);
    else sink_.chunk(text, begin, end);
  }

  void pairs(std::string_view text, std::size_t begin, std::size_t end) {
    std::size_t second = begin + decode(text.data() + begin).bytes;
    if (second == end) return sink_.chunk(text, begin, end);
    while (second < end) {
      const std::size_t after = second + decode(text.data() + second).bytes;
      sink_.chunk(text, begin, after);
      begin = second;
      second = after;
    }
  }

  static bool is_punctuation(char byte) noexcept {
    return static_cast<unsigned char>(byte) < 0x80 && (role_of(byte) & word) == 0;
  }

  static std::size_t next_ascii(std::string_view text, std::size_t at, std::size_t end) noexcept {
    while (at < end && static_cast<unsigned char>(text[at]) >= 0x80) ++at;
    return at;
  }
};

}  // namespace mnemic
