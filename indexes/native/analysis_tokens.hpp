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
      done = stretch(text, begin);
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

  // What stands at a place of a stretch.
  struct Sign {
    std::size_t begin, end;
    Kind kind;
    bool ascii;
  };

  // Signs that are looked up together.
  struct Piece {
    std::size_t begin;
    bool ascii = true, paired = false, unspaced = false, other = false;

    void add(const Sign& sign) noexcept {
      if (sign.ascii) return;
      ascii = false;
      if (sign.kind == Kind::paired) paired = true;
      else if (sign.kind == Kind::unspaced) unspaced = true;
      else other = true;
    }
  };

  Sign sign_at(std::string_view text, std::size_t at) const noexcept {
    if (static_cast<unsigned char>(text[at]) >= 0x80) {
      const Decoded found = decode(text.data() + at);
      return {at, at + found.bytes, rules_.kind_of(found.character), false};
    }
    const bool in_word = (role_of(text[at]) & word) != 0;
    const Kind kind = in_word ? Kind::other : rules_.separates(text[at]) ? Kind::breaking : Kind::joining;
    return {at, at + 1, kind, true};
  }

  // The stretch of signs from `begin` up to one that breaks; says where to go on.
  std::size_t stretch(std::string_view text, std::size_t begin) {
    Piece piece{begin};
    Sign last{begin, begin, Kind::breaking, true};
    for (std::size_t at = begin; at < text.size();) {
      const Sign next = sign_at(text, at);
      if (next.kind == Kind::breaking) {
        emit(text, piece, at);
        return next.end;
      }
      if (last.kind != Kind::breaking && apart(text, last, next)) {
        emit(text, piece, at);
        piece = Piece{at};
      }
      piece.add(next);
      last = next;
      at = next.end;
    }
    emit(text, piece, text.size());
    return text.size();
  }

  // Whether a paired character and its neighbour may be looked up apart from each other.
  bool apart(std::string_view text, const Sign& left, const Sign& right) const noexcept {
    if ((left.kind == Kind::paired) == (right.kind == Kind::paired)) return false;
    const bool before = right.kind == Kind::paired;
    const Sign& sign = before ? left : right;
    if (sign.kind == Kind::joining) return true;
    if (!sign.ascii) return false;
    // A lone letter is part of an acronym where no letter of any script stands beside it.
    if ((role_of(text[sign.begin]) & letter) == 0) return true;
    if (before) return sign.begin > 0 && (role_of(text[sign.begin - 1]) & word) != 0;
    return sign.end < text.size() && (role_of(text[sign.end]) & word) != 0;
  }

  void emit(std::string_view text, const Piece& piece, std::size_t end) {
    if (piece.ascii) return tokens(text, piece.begin, end);
    std::size_t begin = piece.begin;
    // Punctuation at the ends joins nothing.
    while (is_punctuation(text[begin])) ++begin;
    while (is_punctuation(text[end - 1])) --end;
    if (!piece.paired && !piece.unspaced) sink_.chunk(text, begin, end);
    else if (piece.other || piece.unspaced || next_ascii(text, begin, end) != end)
      sink_.once(text, begin, end);
    else pairs(text, begin, end);
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
