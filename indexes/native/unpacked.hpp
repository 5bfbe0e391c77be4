// Lists that are asked for often, unpacked for random access, with an upper bound of each score in
// one byte. Bounded in memory: what was not asked for lately is dropped.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "huge.hpp"
#include "score.hpp"

namespace mnemic {

// Documents that are searched together. Lists know where each window's postings begin.
inline constexpr std::uint32_t window_size = 4096;

// 64 documents of a frequent term: who has it, and how many postings come before.
struct RankedBits {
  std::uint64_t bits;
  std::uint64_t rank;
};

// A term's postings with random access. Frequent terms have a bit for each document, others the
// places of their documents in their windows.
struct UnpackedList {
  Large<RankedBits> words;      // frequent: [documents / 64, rounded up]
  Large<std::uint32_t> starts;  // others: [windows + 1], the first posting of each window
  Large<std::uint16_t> slots;   // others: [postings and padding], the document less its window's first
  // The values, and one more that is read where a document has not the term.
  Large<std::uint8_t> small;    // frequencies, when all are below 256
  Large<std::uint32_t> wide;    // frequencies otherwise
  Large<float> impacts;

  bool frequent() const noexcept { return !words.empty(); }

  std::uint32_t frequency(std::size_t place) const noexcept {
    return wide.empty() ? small[place] : wide[place];
  }

  std::size_t bytes() const noexcept {
    return words.size() * sizeof(RankedBits) + starts.size() * 4 + slots.size() * 2 +
           small.size() + wide.size() * 4 + impacts.size() * 4;
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
  double most = 0;  // of the whole list
  // In units of most / 255, rounded up, of an unpacked list: of each document if the term is
  // frequent (0: it has it not), padded to whole lines; else of each posting.
  Large<std::uint8_t> codes;
  Large<std::uint8_t> tops;  // of a frequent term: the largest code of each 8 documents

  std::size_t bytes() const noexcept { return codes.size() + tops.size(); }
};

struct Unpacked {
  std::shared_ptr<const UnpackedList> list;  // none for what is seldom asked for
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
    const auto known = places_.find(term);
    if (known == places_.end()) return {};
    kept_.splice(kept_.begin(), kept_, known->second);
    return kept_.front().unpacked;
  }

  // Keeps it, and drops what was not asked for lately when there is too much.
  void keep(std::size_t term, const Unpacked& unpacked, std::size_t postings) {
    const std::lock_guard lock(mutex_);
    const auto known = places_.find(term);
    if (known != places_.end()) drop(known->second);
    kept_.push_front({term, unpacked});
    places_[term] = kept_.begin();
    bytes_ += bytes_of(unpacked);
    const std::size_t limit = std::max<std::size_t>(1 << 16, postings * bytes_per_posting().load());
    while (bytes_ > limit) drop(std::prev(kept_.end()));
  }

  // Whether the term was asked for before: what is asked for once is not worth unpacking.
  bool asked_again(std::size_t term) {
    const std::lock_guard lock(mutex_);
    return !asked_.insert(term).second;
  }

 private:
  struct Kept {
    std::size_t term;
    Unpacked unpacked;
  };

  std::mutex mutex_;
  std::list<Kept> kept_;  // the last asked for first
  std::unordered_map<std::size_t, std::list<Kept>::iterator> places_;
  std::unordered_set<std::size_t> asked_;
  std::size_t bytes_ = 0;

  // With what a list and its places in the tables take besides.
  static std::size_t bytes_of(const Unpacked& unpacked) noexcept {
    return (unpacked.list ? unpacked.list->bytes() : 0) +
           (unpacked.bounds ? unpacked.bounds->bytes() : 0) + 256;
  }

  void drop(std::list<Kept>::iterator place) {
    bytes_ -= bytes_of(place->unpacked);
    places_.erase(place->term);
    kept_.erase(place);
  }
};

}  // namespace mnemic
