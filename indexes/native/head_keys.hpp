// The first eight bytes of each group's first term, as numbers in the order of the bytes: so a
// group is found in a few cache lines, and its bytes are read once it is known. 8 bytes a group and
// a seventh of that for the tree, .57 bytes a term; made in O(groups) when a segment is opened.
//
// The tree has one cache line a node (Comer, "The Ubiquitous B-Tree", 1979), its levels lie one
// behind the other, and what is compared decides no branch.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>
#include <vector>

#include "huge.hpp"

namespace mnemic {

// Eight bytes as a number that is ordered as they are.
inline std::uint64_t ordered_number(const void* bytes) noexcept {
  std::uint8_t raw[8];
  std::memcpy(raw, bytes, sizeof(raw));
  std::uint64_t number = 0;
  for (const std::uint8_t byte : raw) number = number << 8 | byte;
  return number;
}

// Zeros stand for the bytes that a short term does not have, so terms never order against their
// keys, but different ones may share a key: those longer than a key, and "a" and "a\0".
inline std::uint64_t key_of(std::string_view term) noexcept {
  char raw[8] = {};
  std::copy_n(term.data(), std::min(term.size(), sizeof(raw)), raw);
  return ordered_number(raw);
}

class HeadKeys {
 public:
  HeadKeys() = default;

  // `key(i)` for i in [0, count) ascends.
  template <typename Key>
  HeadKeys(std::size_t count, Key key) : count_(count) {
    reserve();
    for (std::size_t i = 0; i < count; ++i) keys_.push_back(key(i));
    for (std::size_t level = 0; level < levels_.size(); ++level) {
      const std::size_t end = keys_.size();
      keys_.resize(end + (width - end % width) % width, std::numeric_limits<std::uint64_t>::max());
      if (level + 1 == levels_.size()) break;
      for (std::size_t node = levels_[level]; node < end; node += width)
        keys_.push_back(keys_[node]);
    }
  }

  std::size_t size() const noexcept { return count_; }
  std::uint64_t operator[](std::size_t i) const noexcept { return keys_[i]; }

  // How many keys are below; before the last step `visit` is told the least that it can be.
  template <typename Visit>
  std::size_t below(std::uint64_t key, Visit visit) const noexcept {
    if (count_ == 0) return 0;
    std::size_t node = 0;
    for (std::size_t level = levels_.size() - 1; level > 0; --level) {
      // An upper key is the first of its node, which is right from there on.
      const std::uint64_t* const keys = &keys_[levels_[level] + node * width];
      std::size_t child = 0;
      for (std::size_t i = 1; i < width; ++i) child += keys[i] < key;
      node = node * width + child;
    }
    visit(node * width);
    const std::uint64_t* const keys = &keys_[node * width];
    std::size_t found = node * width;
    for (std::size_t i = 0; i < width; ++i) found += keys[i] < key;
    return found;
  }

 private:
  static constexpr std::size_t width = 8;

  std::size_t count_ = 0;
  std::vector<std::size_t> levels_;  // where each begins: the keys, then the first of each node
  Large<std::uint64_t> keys_;        // nodes are filled up with the largest number: never below

  void reserve() {
    std::size_t size = 0;
    for (std::size_t keys = count_; keys > 0; keys = (keys + width - 1) / width) {
      levels_.push_back(size);
      size += (keys + width - 1) / width * width;
      if (keys <= width) break;
    }
    keys_.reserve(size);
  }
};

}  // namespace mnemic
