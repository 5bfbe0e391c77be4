// Which symbols occur, and under which numbers: 0 separates documents, 1 .. k are those of the text.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "errors.hpp"

namespace mnemic {

// The byte between a document's fields; no UTF-8 holds it.
inline constexpr std::uint32_t field_byte = 0xFF;

// 0 for the byte between fields, 1 for bytes that end a word, 2 for all others. Numbered in this
// order, what may stand before a field or a word is one range of rows.
inline std::uint32_t byte_class(std::uint32_t byte) noexcept {
  if (byte == field_byte) return 0;
  const bool word = byte >= 0x80 || byte == '_' || (byte >= '0' && byte <= '9') ||
                    (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
  return word ? 2 : 1;
}

inline bool byte_before(std::uint32_t left, std::uint32_t right) noexcept {
  return std::pair(byte_class(left), left) < std::pair(byte_class(right), right);
}

class Alphabet {
 public:
  static constexpr std::uint32_t absent = ~std::uint32_t{0};

  // The symbols in the order of their numbers, from 1.
  Alphabet(const std::string& name, std::span<const std::uint32_t> symbols,
           std::uint32_t vocabulary, bool bytes)
      : symbols_(symbols), vocabulary_(vocabulary), bytes_(bytes) {
    const auto before = [bytes](std::uint32_t left, std::uint32_t right) {
      return bytes ? byte_before(left, right) : left < right;
    };
    for (std::size_t i = 0; i < symbols.size(); ++i)
      if (symbols[i] >= vocabulary || (i > 0 && !before(symbols[i - 1], symbols[i])))
        throw IndexCorrupt(name + ": has symbols that are not of its vocabulary");
    // A table for all of the vocabulary pays where much of it occurs.
    if (bytes || vocabulary / 8 <= symbols.size()) {
      table_.assign(vocabulary, absent);
      for (std::size_t i = 0; i < symbols.size(); ++i)
        table_[symbols[i]] = static_cast<std::uint32_t>(i + 1);
    }
  }

  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(symbols_.size()); }
  std::uint32_t vocabulary() const noexcept { return vocabulary_; }
  bool bytes() const noexcept { return bytes_; }

  // The number of a symbol below the vocabulary's size.
  std::uint32_t number(std::uint32_t symbol) const noexcept {
    if (!table_.empty()) return table_[symbol];
    const auto found = std::lower_bound(symbols_.begin(), symbols_.end(), symbol);
    if (found == symbols_.end() || *found != symbol) return absent;
    return static_cast<std::uint32_t>(found - symbols_.begin()) + 1;
  }

  std::uint32_t symbol(std::uint32_t number) const noexcept { return symbols_[number - 1]; }

  // How many of the first numbers, the separator's included, are of a class below the given one.
  std::uint32_t numbers_below(std::uint32_t byte_class_end) const noexcept {
    std::uint32_t count = 1;
    while (bytes_ && count <= size() && byte_class(symbol(count)) < byte_class_end) ++count;
    return count;
  }

 private:
  std::span<const std::uint32_t> symbols_;
  std::uint32_t vocabulary_;
  bool bytes_;
  std::vector<std::uint32_t> table_;
};

}  // namespace mnemic
