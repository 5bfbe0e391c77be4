// One stretch of a batch of texts, read by one thread: terms that are known, and keys that are not.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis_tokens.hpp"
#include "analysis_unicode.hpp"
#include "analysis_words.hpp"
#include "errors.hpp"

namespace mnemic {

// Distinct keys in the order of their first occurrence.
class KeyList {
 public:
  std::uint32_t number_of(const Key& key, bool keep) {
    const std::uint32_t known = table_.find(key);
    if (known != KeyTable::absent) return known;
    const auto number = static_cast<std::uint32_t>(places_.size());
    if (number >= Words::list_bit - 1)
      throw LimitExceeded("more than 2^31 new words", "analyse fewer texts at once");
    places_.push_back(table_.add(key, number));
    kept_.push_back(keep);
    return number;
  }

  std::size_t size() const noexcept { return places_.size(); }
  std::string_view key(std::size_t number) const noexcept { return table_.key_at(places_[number]); }
  const std::vector<bool>& kept() const noexcept { return kept_; }

 private:
  KeyTable table_;
  std::vector<std::uint32_t> places_;
  std::vector<bool> kept_;
};

class Part {
 public:
  // An item is a term's number, or this bit and the number of a key in `unknown()`.
  static constexpr std::uint32_t unknown_bit = Words::list_bit;

  Part(std::size_t first, std::size_t last) : first_(first), last_(last) {}
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;

  // Reads texts first .. last - 1; the words must not change meanwhile.
  void read(const Words& words, std::span<const TextView> texts) {
    words_ = &words;
    for (std::size_t i = first_; i < last_; ++i) {
      read(words.rules(), texts[i], i);
      look_up();
      ends_.push_back(items_.size());
    }
  }

  const std::vector<std::uint32_t>& items() const noexcept { return items_; }
  const std::vector<std::size_t>& ends() const noexcept { return ends_; }
  const KeyList& unknown() const noexcept { return unknown_; }

  void token(std::string_view text, std::size_t begin, std::size_t end) {
    words_->rules().lower() ? take<true>(text, begin, end, true)
                            : take<false>(text, begin, end, true);
  }
  void chunk(std::string_view text, std::size_t begin, std::size_t end) {
    take<false>(text, begin, end, true);
  }
  void once(std::string_view text, std::size_t begin, std::size_t end) {
    take<false>(text, begin, end, false);
  }

 private:
  // Keys wait for each other, so that the memory that they need is fetched at once.
  struct Waiting {
    KeyBuffer buffer;
    Key key;
    bool keep;
  };

  std::size_t first_, last_;
  const Words* words_ = nullptr;
  std::array<Waiting, 16> waiting_;
  std::size_t waiting_count_ = 0;
  KeyList unknown_;
  std::vector<std::uint32_t> items_;
  std::vector<std::size_t> ends_;  // of each text in items_
  std::string utf8_;

  void read(const CharacterRules& rules, const TextView& text, std::size_t number) {
    TextWalker<Part> walker(rules, *this);
    if (text.ascii)
      return walker.walk_ascii({static_cast<const char*>(text.characters), text.length});
    const std::size_t lone = encode(text, utf8_);
    if (lone != no_place) refuse(text, number, lone);
    walker.walk(utf8_);
  }

  template <bool lower>
  void take(std::string_view text, std::size_t begin, std::size_t end, bool keep) {
    Waiting& own = waiting_[waiting_count_];
    own.key = own.buffer.template fill<lower>(text.data() + begin, end - begin, text.size() - begin);
    own.keep = keep;
    words_->keys().fetch_slot(own.key);
    if (++waiting_count_ == waiting_.size()) look_up();
  }

  void look_up() {
    const std::span<const Waiting> asked(waiting_.data(), waiting_count_);
    for (const Waiting& own : asked) words_->keys().fetch_record(own.key);
    for (const Waiting& own : asked) add(own.key, own.keep);
    waiting_count_ = 0;
  }

  void add(const Key& key, bool keep) {
    const std::uint32_t code = words_->keys().find(key);
    if (code < Words::list_bit) {
      items_.push_back(code);
    } else if (code == KeyTable::absent) {
      items_.push_back(unknown_bit | unknown_.number_of(key, keep && words_->keeps(key.length)));
    } else {
      const std::span<const std::uint32_t> terms = words_->list(code);
      items_.insert(items_.end(), terms.begin(), terms.end());
    }
  }

  [[noreturn]] static void refuse(const TextView& text, std::size_t number, std::size_t at) {
    const std::uint32_t found = text.width == 2
                                    ? static_cast<const std::uint16_t*>(text.characters)[at]
                                    : static_cast<const std::uint32_t*>(text.characters)[at];
    constexpr const char* digits = "0123456789ABCDEF";
    std::string code = "U+";
    for (int shift = 12; shift >= 0; shift -= 4) code += digits[found >> shift & 15];
    throw InvalidInput("text to analyze: lone surrogate " + code + " at character " +
                           std::to_string(at) + " of texts[" + std::to_string(number) + "]",
                       "it is no Unicode text; decode the source again with errors='replace'");
  }
};

}  // namespace mnemic
