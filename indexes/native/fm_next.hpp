// Which symbols follow the occurrences of a pattern, how often, and how many of them end their
// document.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "fm_batch.hpp"
#include "fm_index.hpp"
#include "quad_tree.hpp"
#include "row_set.hpp"
#include "symbol_lists.hpp"

namespace mnemic {

// Counts of the vocabulary's symbols, and which of them are not zero.
class SymbolCounts {
 public:
  explicit SymbolCounts(std::uint32_t vocabulary) : counts_(vocabulary), seen_(vocabulary) {}

  void add(std::uint32_t symbol, std::int64_t count) noexcept {
    if (count == 0) return;
    if (counts_[symbol] == 0) seen_[size_++] = symbol;
    counts_[symbol] += count;
  }

  // Calls visit(symbol, count) in ascending order, and forgets everything.
  template <typename Visit>
  void drain(Visit visit) {
    std::sort(seen_.begin(), seen_.begin() + static_cast<std::ptrdiff_t>(size_));
    for (std::size_t i = 0; i < size_; ++i) {
      visit(seen_[i], counts_[seen_[i]]);
      counts_[seen_[i]] = 0;
    }
    size_ = 0;
  }

 private:
  std::vector<std::int64_t> counts_;
  std::vector<std::uint32_t> seen_;
  std::size_t size_ = 0;
};

// Calls visit(number, count) for each number that follows live rows, and returns how many of them
// end their document; a number may be visited several times.
template <typename Visit>
std::int64_t visit_next(const FmIndex<QuadTree>& index, Rows rows, const RowSet* dead,
                        Visit visit) {
  std::int64_t ends = live_rows(rows, dead);
  index.ranks.each_symbol(rows.lo, rows.hi,
                          [&](std::uint32_t number, std::uint32_t lo, std::uint32_t hi) {
                            // A row before which a document ends leads to no row of its own.
                            if (number == 0) return;
                            const std::int64_t count = live_rows({lo, hi}, dead);
                            ends -= count;
                            if (count > 0) visit(number, count);
                          });
  return ends;
}

// Above this many rows for each symbol of the alphabet, asking every symbol is less work.
inline constexpr std::uint32_t rows_per_symbol = 64;

template <typename Symbol, typename Visit>
std::int64_t visit_next(const FmIndex<SymbolLists<Symbol>>& index, Rows rows, const RowSet* dead,
                        Visit visit) {
  if ((rows.hi - rows.lo) / rows_per_symbol > index.alphabet.size()) {
    std::int64_t ends = live_rows(rows, dead);
    extend_rows(
        index, 1, index.alphabet.size() + std::size_t{1},
        [&](std::size_t number, Rows& range, std::uint32_t& symbol) {
          range = rows;
          symbol = index.alphabet.symbol(static_cast<std::uint32_t>(number));
        },
        [&](std::size_t number, Rows found) {
          const std::int64_t count = live_rows(found, dead);
          ends -= count;
          if (count > 0) visit(static_cast<std::uint32_t>(number), count);
        });
    return ends;
  }
  std::int64_t ends = 0;
  for (std::uint32_t row = rows.lo; row < rows.hi; ++row) {
    if (dead != nullptr && dead->contains(row)) continue;
    const std::uint32_t number = index.ranks.symbol_at(row);
    if (number == 0) ++ends;
    else visit(number, std::int64_t{1});
  }
  return ends;
}

}  // namespace mnemic
