// How often does a symbol of a large alphabet occur before a row? The rows of every symbol in a
// sorted list, with a directory over equal parts of all rows: two or three cache lines whatever the
// size of the alphabet. The sequence itself is kept beside them, for what comes next is read in it.
//
// The lists are the function psi of K. Sadakane, New text indexing functionalities of the
// compressed suffix arrays, Journal of Algorithms 48, 2003, uncompressed. A file's content is not
// trusted: whatever stands in the arrays, rows stay below n and symbols below k.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "errors.hpp"
#include "huge.hpp"
#include "processor.hpp"

namespace mnemic {

// Rows are cut into parts of 2^shift, about eight entries of the list each; a short list has none.
struct ListParts {
  static constexpr std::uint32_t entries = 8;

  static std::uint32_t shift(std::uint32_t rows, std::uint32_t length) noexcept {
    const std::uint32_t wanted = rows / std::max(length / entries, 1u);
    return static_cast<std::uint32_t>(std::bit_width(std::max(wanted, 1u))) - 1;
  }

  // Entries of the directory of a list.
  static std::size_t size(std::uint32_t rows, std::uint32_t length) noexcept {
    return length <= entries ? 0 : (std::size_t{rows} >> shift(rows, length)) + 2;
  }
};

struct ListArrays {
  Large<std::uint32_t> rows, parts;
};

template <typename Symbol>
ListArrays build_lists(std::span<const Symbol> sequence, std::span<const std::uint32_t> starts) {
  ListArrays made;
  made.rows.resize(sequence.size());
  std::vector<std::uint32_t> next(starts.begin(), starts.end());
  for (std::size_t row = 0; row < sequence.size(); ++row)
    made.rows[next[sequence[row]]++] = static_cast<std::uint32_t>(row);
  const auto rows = static_cast<std::uint32_t>(sequence.size());
  for (std::size_t symbol = 0; symbol + 1 < starts.size(); ++symbol) {
    const std::uint32_t length = starts[symbol + 1] - starts[symbol];
    const std::size_t parts = ListParts::size(rows, length);
    const std::uint32_t shift = ListParts::shift(rows, length);
    std::uint32_t at = 0;
    for (std::size_t part = 0; part < parts; ++part) {
      while (at < length && (made.rows[starts[symbol] + at] >> shift) < part) ++at;
      made.parts.push_back(at);
    }
  }
  return made;
}

template <typename Symbol>
class SymbolLists {
 public:
  using Number = Symbol;

  // One symbol appended to a range of rows, a stage a visit.
  struct Extension {
    std::uint32_t lo = 0, hi = 0, first = 0, length = 0;
    std::uint32_t lo_from = 0, lo_to = 0, hi_from = 0, hi_to = 0;
    const std::uint32_t* parts = nullptr;
    std::uint32_t shift = 0;
    bool located = false;
  };

  // One step back from a row: the symbol before it, and its row.
  struct Walk {
    Extension find;
    std::uint32_t row = 0, symbol = 0;
    bool read = false;
  };

  SymbolLists(const std::string& name, std::span<const Symbol> sequence,
              std::span<const std::uint32_t> rows, std::span<const std::uint32_t> parts,
              std::span<const std::uint32_t> symbol_starts)
      : sequence_(sequence), rows_(rows), parts_(parts), symbol_starts_(symbol_starts) {
    const std::size_t n = sequence.size();
    if (rows.size() != n || symbol_starts.back() != n)
      throw IndexCorrupt(name + ": the lists of symbols have another length than the sequence");
    part_starts_.push_back(0);
    for (std::size_t symbol = 0; symbol + 1 < symbol_starts.size(); ++symbol)
      part_starts_.push_back(part_starts_.back() +
                             ListParts::size(static_cast<std::uint32_t>(n), length_of(symbol)));
    if (part_starts_.back() != parts.size())
      throw IndexCorrupt(name + ": the directory of the lists has another length than they need");
  }

  void begin(Extension& lane, std::uint32_t symbol, std::uint32_t lo,
             std::uint32_t hi) const noexcept {
    lane.lo = lo;
    lane.hi = hi;
    lane.first = symbol_starts_[symbol];
    lane.length = length_of(symbol);
    lane.located = lane.length <= ListParts::entries;
    if (lane.located) {
      lane.lo_from = lane.hi_from = 0;
      lane.lo_to = lane.hi_to = lane.length;
      fetch(rows_.data() + lane.first);
      return;
    }
    lane.shift = ListParts::shift(static_cast<std::uint32_t>(sequence_.size()), lane.length);
    lane.parts = parts_.data() + part_starts_[symbol];
    fetch(lane.parts + (lo >> lane.shift));
    fetch(lane.parts + (hi >> lane.shift));
  }

  // Whether the extension is done; lo and hi are then its rows.
  bool advance(Extension& lane) const noexcept {
    if (!lane.located) {
      locate(lane, lane.lo, lane.lo_from, lane.lo_to);
      locate(lane, lane.hi, lane.hi_from, lane.hi_to);
      lane.located = true;
      fetch(rows_.data() + lane.first + lane.lo_from);
      fetch(rows_.data() + lane.first + lane.hi_from);
      return false;
    }
    const std::uint32_t lo = rank(lane, lane.lo, lane.lo_from, lane.lo_to);
    const std::uint32_t hi = rank(lane, lane.hi, lane.hi_from, lane.hi_to);
    lane.lo = lane.first + lo;
    lane.hi = lane.first + std::max(lo, hi);
    return true;
  }

  void begin(Walk& walk, std::uint32_t row) const noexcept {
    walk.row = row;
    walk.read = false;
    fetch(sequence_.data() + row);
  }

  // Whether the walk is done; symbol and row are then those before. Symbol 0 leads nowhere.
  bool advance(Walk& walk) const noexcept {
    if (!walk.read) {
      walk.symbol = symbol_at(walk.row);
      walk.read = true;
      if (walk.symbol == 0) return true;
      begin(walk.find, walk.symbol, walk.row, walk.row);
      return false;
    }
    if (!walk.find.located) return advance(walk.find), false;
    advance(walk.find);
    walk.row = std::min(walk.find.lo, symbol_starts_[walk.symbol + 1] - 1);
    return true;
  }

  std::uint32_t symbol_at(std::uint32_t row) const noexcept {
    const std::uint32_t symbol = sequence_[row];
    return symbol < symbol_starts_.size() - 1 ? symbol : 0;
  }

  void prepare(std::uint32_t lo, std::uint32_t) const noexcept { fetch(sequence_.data() + lo); }

 private:
  std::span<const Symbol> sequence_;
  std::span<const std::uint32_t> rows_, parts_, symbol_starts_;
  std::vector<std::size_t> part_starts_;

  std::uint32_t length_of(std::size_t symbol) const noexcept {
    return symbol_starts_[symbol + 1] - symbol_starts_[symbol];
  }

  void locate(const Extension& lane, std::uint32_t row, std::uint32_t& from,
              std::uint32_t& to) const noexcept {
    const std::uint32_t part = row >> lane.shift;
    from = std::min(lane.parts[part], lane.length);
    to = std::min(lane.parts[part + 1], lane.length);
    if (to < from) to = from;
  }

  // Entries of the list before a row; those in question are few.
  std::uint32_t rank(const Extension& lane, std::uint32_t row, std::uint32_t from,
                     std::uint32_t to) const noexcept {
    const std::uint32_t* list = rows_.data() + lane.first;
    return static_cast<std::uint32_t>(std::lower_bound(list + from, list + to, row) - list);
  }
};

}  // namespace mnemic
