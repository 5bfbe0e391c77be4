// The rows of every string of three symbols that occurs: a count begins with its third step, for
// the first ones have the widest ranges and so the most reads from memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "processor.hpp"

namespace mnemic {

class StartTable {
 public:
  static constexpr std::size_t length = 3;
  // Smaller blocks stay in the cache, where steps cost little.
  static constexpr std::uint32_t least_rows = 1u << 22;

  static constexpr std::size_t most_entries = std::size_t{1} << 18;

  struct Entry {
    std::uint32_t symbol, lo, hi;
  };

  // A table, or nothing where a block is small or has too many triples, as random bytes do.
  // O(distinct triples): some ten milliseconds for text.
  template <typename Ranks>
  static std::unique_ptr<const StartTable> made(const Ranks& ranks,
                                                std::span<const std::uint32_t> symbol_starts) {
    if (symbol_starts.back() < least_rows) return nullptr;
    std::unique_ptr<StartTable> table(new StartTable(symbol_starts.size() - 1));
    const std::size_t most = std::min<std::size_t>(most_entries, symbol_starts.back() / 64);
    table->entries_.resize(most);
    std::size_t found = 0;
    processor::run_widest([&] { found = table->fill(ranks, symbol_starts); });
    if (found > most) return nullptr;
    table->entries_.resize(found);
    table->entries_.shrink_to_fit();
    for (std::size_t pair = 1; pair < table->ends_.size(); ++pair)
      table->ends_[pair] = std::max(table->ends_[pair], table->ends_[pair - 1]);
    return table;
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

  explicit StartTable(std::size_t symbols)
      : symbols_(symbols), ends_(symbols * symbols + 1) {}

  // Writes the entries in the order of their pairs; how many there are, or more than have room.
  template <typename Ranks>
  std::size_t fill(const Ranks& ranks, std::span<const std::uint32_t> starts) noexcept {
    std::size_t at = 0;
    for (std::size_t first = 1; first < symbols_; ++first) {
      std::uint32_t los[257] = {}, his[257] = {};
      ranks.each_symbol(starts[first], starts[first + 1],
                        [&](std::uint32_t second, std::uint32_t lo, std::uint32_t hi) {
                          los[second] = lo;
                          his[second] = hi;
                        });
      // Number 0 ends a document: nothing follows it.
      for (std::size_t second = 1; second < symbols_; ++second) {
        if (los[second] >= his[second]) continue;
        ranks.each_symbol(los[second], his[second],
                          [&](std::uint32_t third, std::uint32_t lo, std::uint32_t hi) {
                            if (at < entries_.size()) entries_[at] = {third, lo, hi};
                            ++at;
                          });
        if (at > entries_.size()) return at;
        ends_[first * symbols_ + second + 1] = static_cast<std::uint32_t>(at);
      }
    }
    return at;
  }
};

}  // namespace mnemic
