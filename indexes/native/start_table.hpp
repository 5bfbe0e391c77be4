// The rows of every string of three symbols that occurs: a count begins with its third step, for
// the first ones have the widest ranges and so the most reads from memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "processor.hpp"

namespace mnemic {

class StartTable {
 public:
  static constexpr std::size_t length = 3;
  // Smaller blocks stay in the cache, where steps cost little.
  static constexpr std::uint32_t least_rows = 1u << 22;

  struct Entry {
    std::uint32_t symbol, lo, hi;
  };

  // O(distinct triples): some ten milliseconds for text.
  template <typename Ranks>
  StartTable(const Ranks& ranks, std::span<const std::uint32_t> symbol_starts)
      : symbols_(symbol_starts.size() - 1), ends_(symbols_ * symbols_ + 1) {
    std::size_t count = 0;
    processor::run_widest([&] {
      each_pair(ranks, symbol_starts, [&](std::size_t, std::uint32_t lo, std::uint32_t hi) {
        ranks.each_symbol(lo, hi, [&](std::uint32_t, std::uint32_t, std::uint32_t) { ++count; });
      });
    });
    entries_.resize(count);
    std::size_t at = 0;
    processor::run_widest([&] {
      each_pair(ranks, symbol_starts, [&](std::size_t pair, std::uint32_t lo, std::uint32_t hi) {
        ranks.each_symbol(lo, hi, [&](std::uint32_t third, std::uint32_t from, std::uint32_t to) {
          entries_[at++] = {third, from, to};
        });
        ends_[pair + 1] = static_cast<std::uint32_t>(at);
      });
    });
    for (std::size_t pair = 1; pair < ends_.size(); ++pair)
      ends_[pair] = std::max(ends_[pair], ends_[pair - 1]);
  }

  // The rows of three symbols, or nothing.
  const Entry* find(std::uint32_t first, std::uint32_t second, std::uint32_t third) const noexcept {
    const std::size_t pair = first * symbols_ + second;
    for (std::uint32_t at = ends_[pair]; at < ends_[pair + 1]; ++at)
      if (entries_[at].symbol == third) return &entries_[at];
    return nullptr;
  }

 private:
  std::size_t symbols_;
  std::vector<std::uint32_t> ends_;  // of the entries of the pairs before each
  std::vector<Entry> entries_;

  // Calls visit(pair, lo, hi) for every two symbols that follow each other, in ascending order.
  template <typename Ranks, typename Visit>
  void each_pair(const Ranks& ranks, std::span<const std::uint32_t> starts, Visit visit) const {
    for (std::size_t first = 1; first < symbols_; ++first) {
      std::uint32_t los[257] = {}, his[257] = {};
      ranks.each_symbol(starts[first], starts[first + 1],
                        [&](std::uint32_t second, std::uint32_t lo, std::uint32_t hi) {
                          los[second] = lo;
                          his[second] = hi;
                        });
      // Number 0 ends a document: nothing follows it.
      for (std::size_t second = 1; second < symbols_; ++second)
        if (los[second] < his[second])
          visit(first * symbols_ + second, los[second], his[second]);
    }
  }
};

}  // namespace mnemic
