// Byte strings to numbers: an open-addressed table whose keys lie behind each other in one arena.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string_view>
#include <vector>

#include "errors.hpp"
#include "huge.hpp"

namespace mnemic {

// A key in whole words, the last one filled up with zeros.
struct Key {
  const std::uint64_t* words;
  std::uint32_t length;  // bytes
  std::uint64_t hash;

  std::size_t count() const noexcept { return (std::size_t{length} + 7) / 8; }
  std::string_view bytes() const noexcept {
    return {reinterpret_cast<const char*>(words), length};
  }
};

// Keyed by a secret of this process: no text can be made whose words collide.
inline std::uint64_t secret_number() {
  static const std::uint64_t secret = [] {
    std::random_device device;
    return (std::uint64_t{device()} << 32 | device()) | 1;
  }();
  return secret;
}

// Copies bytes into words, in small letters if wanted, and hashes them on the way. A key is valid
// until the next one is made; the buffer must stay where it is.
class KeyBuffer {
 public:
  // `limit` is how many bytes may be read from `bytes` on; at least `length`.
  template <bool lower>
  Key fill(const char* bytes, std::size_t length, std::size_t limit) {
    if (length > std::numeric_limits<std::uint32_t>::max())
      throw LimitExceeded("a word of more than 4 GiB", "split the text");
    const std::size_t count = (length + 7) / 8;
    std::uint64_t* words = short_;
    if (count > short_words) {
      if (count > long_.size()) long_.resize(2 * count);
      words = long_.data();
    }
    std::uint64_t hash = secret_ ^ length;
    for (std::size_t i = 0; i < count; ++i) {
      std::uint64_t word = 0;
      const std::size_t rest = length - 8 * i;
      if (8 * i + 8 <= limit) {
        std::memcpy(&word, bytes + 8 * i, 8);
        if (rest < 8) word &= (std::uint64_t{1} << 8 * rest) - 1;
      } else {
        std::memcpy(&word, bytes + 8 * i, rest);
      }
      if constexpr (lower) word = lowered(word);
      words[i] = word;
      hash = mixed(hash ^ word, secret_);
    }
    return {words, static_cast<std::uint32_t>(length), hash};
  }

  Key fill(std::string_view bytes) { return fill<false>(bytes.data(), bytes.size(), bytes.size()); }

 private:
  static constexpr std::size_t short_words = 16;
  std::uint64_t short_[short_words];
  std::vector<std::uint64_t> long_;
  std::uint64_t secret_ = secret_number();

  // Capitals of eight ASCII bytes at once.
  static std::uint64_t lowered(std::uint64_t word) noexcept {
    constexpr std::uint64_t each = 0x0101010101010101;
    const std::uint64_t from_a = word + each * (0x80 - 'A');
    const std::uint64_t above_z = word + each * (0x80 - 'Z' - 1);
    return word | (from_a & ~above_z & each * 0x80) >> 2;
  }

  static std::uint64_t mixed(std::uint64_t left, std::uint64_t right) noexcept {
    const auto product = static_cast<unsigned __int128>(left ^ 0x9e3779b97f4a7c15) * right;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }
};

// Keys are added and never taken away. Finding is safe beside finding, not beside adding.
class KeyTable {
 public:
  static constexpr std::uint32_t absent = std::numeric_limits<std::uint32_t>::max();

  // The number of a key, or `absent`.
  std::uint32_t find(const Key& key) const noexcept {
    const std::uint64_t tag = key.hash >> 32;
    for (std::size_t slot = tag & mask_;; slot = (slot + 1) & mask_) {
      const std::uint64_t entry = slots_[slot];
      if (entry == 0) return absent;
      if (entry >> 32 != tag) continue;
      const std::uint64_t* record = &arena_[static_cast<std::uint32_t>(entry)];
      if (static_cast<std::uint32_t>(*record) == key.length && same(record + 1, key))
        return static_cast<std::uint32_t>(*record >> 32);
    }
  }

  // Two hints before many keys are looked up: first where each may stand, then what stands there.
  void fetch_slot(const Key& key) const noexcept {
    __builtin_prefetch(&slots_[(key.hash >> 32) & mask_]);
  }
  void fetch_record(const Key& key) const noexcept {
    __builtin_prefetch(&arena_[static_cast<std::uint32_t>(slots_[(key.hash >> 32) & mask_])]);
  }

  // Adds a key that is not there, and says at which place of the arena it lies.
  std::uint32_t add(const Key& key, std::uint32_t number) {
    if (arena_.size() + key.count() >= std::numeric_limits<std::uint32_t>::max())
      throw LimitExceeded("the words of one batch exceed 32 GiB", "analyse fewer texts at once");
    if (8 * (size_ + 1) > 5 * slots_.size()) grow();
    const auto place = static_cast<std::uint32_t>(arena_.size());
    arena_.push_back(std::uint64_t{number} << 32 | key.length);
    arena_.insert(arena_.end(), key.words, key.words + key.count());
    enter(key.hash >> 32, place);
    ++size_;
    return place;
  }

  std::string_view key_at(std::uint32_t place) const noexcept {
    return {reinterpret_cast<const char*>(&arena_[place] + 1),
            static_cast<std::uint32_t>(arena_[place])};
  }

  std::size_t size() const noexcept { return size_; }
  std::size_t memory() const noexcept { return 8 * (slots_.size() + arena_.size()); }

 private:
  static constexpr std::size_t first_slots = 64;

  Large<std::uint64_t> slots_ = Large<std::uint64_t>(first_slots, 0);  // tag, place; or 0
  Large<std::uint64_t> arena_ = Large<std::uint64_t>(1, 0);  // number, length; then words
  std::size_t mask_ = first_slots - 1;
  std::size_t size_ = 0;

  static bool same(const std::uint64_t* words, const Key& key) noexcept {
    for (std::size_t i = 0; i < key.count(); ++i)
      if (words[i] != key.words[i]) return false;
    return true;
  }

  void enter(std::uint64_t tag, std::uint32_t place) noexcept {
    std::size_t slot = tag & mask_;
    while (slots_[slot] != 0) slot = (slot + 1) & mask_;
    slots_[slot] = tag << 32 | place;
  }

  void grow() {
    Large<std::uint64_t> old(2 * slots_.size(), 0);
    old.swap(slots_);
    mask_ = slots_.size() - 1;
    for (const std::uint64_t entry : old)
      if (entry != 0) enter(entry >> 32, static_cast<std::uint32_t>(entry));
  }
};

}  // namespace mnemic
