// Lists that are asked for often, unpacked: for frequent terms a bit for each document and their
// values in an array, and for all long lists upper bounds of their scores. Bounded in memory: what
// was not asked for lately is dropped.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "huge.hpp"
#include "score.hpp"

namespace mnemic {

// Documents that share one upper bound in the bounds of a frequent term.
inline constexpr std::size_t bound_width = 8;

// 64 documents of a frequent term: who has it, and how many postings come before.
struct RankedBits {
  std::uint64_t bits;
  std::uint64_t rank;
};

// A frequent term's postings with random access.
struct UnpackedList {
  Large<RankedBits> words;  // [documents / 64, rounded up]
  // The values, and one more that is read where a document has not the term.
  Large<std::uint8_t> small;       // frequencies, when all are below 256
  Large<std::uint32_t> wide;       // frequencies otherwise
  Large<float> impacts;

  bool has(std::uint32_t document) const noexcept {
    return (words[document >> 6].bits >> (document & 63) & 1) != 0;
  }

  std::size_t place(std::uint32_t document) const noexcept {
    const RankedBits& word = words[document >> 6];
    const std::uint64_t below = (std::uint64_t{1} << (document & 63)) - 1;
    return word.rank + static_cast<std::size_t>(std::popcount(word.bits & below));
  }

  std::uint32_t frequency(std::size_t place) const noexcept {
    return wide.empty() ? small[place] : wide[place];
  }

  std::size_t bytes() const noexcept {
    return words.size() * sizeof(RankedBits) + small.size() + wide.size() * 4 + impacts.size() * 4;
  }
};

// For which scorer bounds hold. The average length is rounded up to the next of a row of steps, so
// that bounds outlive small changes: a longer average only makes scores larger.
struct BoundKey {
  Scorer scorer;
  int average_step = 0;

  bool operator==(const BoundKey& other) const noexcept {
    return scorer.variant == other.scorer.variant && scorer.k1 == other.scorer.k1 &&
           scorer.b == other.scorer.b && scorer.delta == other.scorer.delta &&
           average_step == other.average_step;
  }
};

// Upper bounds of a list's scores before the factor of the query.
struct ListBounds {
  BoundKey key;
  double most = 0;                  // of the whole list
  std::vector<float> parts;         // of each block of postings
  Large<std::uint8_t> codes;        // of each 8 documents, in units of most / 255; 0: none has it

  std::size_t bytes() const noexcept { return parts.size() * sizeof(float) + codes.size(); }
};

struct Unpacked {
  std::shared_ptr<const UnpackedList> list;  // none for terms that are not frequent
  std::shared_ptr<const ListBounds> bounds;
};

// What one segment keeps; safe to use from many threads at once.
class UnpackedLists {
 public:
  // Bytes that a segment may keep for each of its postings: what uncompressed postings take.
  static std::atomic<std::size_t>& bytes_per_posting() noexcept {
    static std::atomic<std::size_t> bytes{8};
    return bytes;
  }

  // What is kept for a term; empty pointers when nothing is.
  Unpacked find(std::size_t term) {
    const std::lock_guard lock(mutex_);
    const auto young = young_.find(term);
    if (young != young_.end()) return young->second;
    const auto old = old_.find(term);
    if (old == old_.end()) return {};
    const Unpacked found = old->second;
    old_.erase(old);
    put(term, found);
    return found;
  }

  // Keeps it, and drops the half that was not asked for lately when there is too much.
  void keep(std::size_t term, const Unpacked& unpacked, std::size_t postings) {
    const std::lock_guard lock(mutex_);
    limit_ = std::max<std::size_t>(1 << 16, postings * bytes_per_posting().load());
    old_.erase(term);
    const auto known = young_.find(term);
    if (known != young_.end()) {
      young_bytes_ -= bytes_of(known->second);
      young_.erase(known);
    }
    put(term, unpacked);
  }

  // Whether the term was asked for before: what is asked for once is not worth unpacking.
  bool asked_again(std::size_t term) {
    const std::lock_guard lock(mutex_);
    return !asked_.insert(term).second;
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::size_t, Unpacked> young_, old_;
  std::unordered_set<std::size_t> asked_;
  std::size_t young_bytes_ = 0;
  std::size_t limit_ = 1 << 16;

  static std::size_t bytes_of(const Unpacked& unpacked) noexcept {
    return (unpacked.list ? unpacked.list->bytes() : 0) +
           (unpacked.bounds ? unpacked.bounds->bytes() : 0) + 128;
  }

  void put(std::size_t term, const Unpacked& unpacked) {
    young_bytes_ += bytes_of(unpacked);
    young_.emplace(term, unpacked);
    if (young_bytes_ * 2 <= limit_) return;
    old_ = std::move(young_);
    young_.clear();
    young_bytes_ = 0;
  }
};

}  // namespace mnemic
