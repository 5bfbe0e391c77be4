// Makes the 4-ary wavelet tree that quad_tree.hpp asks: its lines, and the counts between them.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "huge.hpp"
#include "quad_shape.hpp"

namespace mnemic {

struct QuadLine {
  static constexpr std::uint32_t digits = 224;
  std::uint16_t counts[4];
  std::uint8_t low[28];
  std::uint8_t high[28];

  // How often the digit stands among the first `place` ones of this line.
  std::uint32_t rank(std::uint32_t digit, std::uint32_t place) const noexcept {
    std::uint64_t l[4], h[4];
    l[3] = h[3] = 0;
    std::memcpy(l, low, 28);
    std::memcpy(h, high, 28);
    const std::uint64_t flip_low = (digit & 1) ? 0 : ~std::uint64_t{0};
    const std::uint64_t flip_high = (digit & 2) ? 0 : ~std::uint64_t{0};
    std::uint32_t sum = 0;
    for (std::uint32_t word = 0; word < 4; ++word) {
      const std::uint32_t base = 64 * word;
      const std::uint64_t mask = place >= base + 64 ? ~std::uint64_t{0}
                                 : place > base     ? (std::uint64_t{1} << (place - base)) - 1
                                                    : 0;
      sum += static_cast<std::uint32_t>(
          std::popcount((l[word] ^ flip_low) & (h[word] ^ flip_high) & mask));
    }
    return sum;
  }

  std::uint32_t digit(std::uint32_t place) const noexcept {
    const std::uint32_t byte = place >> 3, bit = place & 7;
    return ((low[byte] >> bit) & 1u) | (((high[byte] >> bit) & 1u) << 1);
  }
};
static_assert(sizeof(QuadLine) == 64);

struct QuadArrays {
  Large<std::uint8_t> lines;
  std::vector<std::uint32_t> supers, sizes, path_starts;
  std::vector<std::uint16_t> path_steps;
};

// Makes the arrays of a tree; O(symbols of the text * levels).
class QuadBuilder {
 public:
  QuadBuilder(std::span<const std::uint32_t> counts) {
    QuadShape shape = QuadShaper(counts).shape();
    made_.path_starts = std::move(shape.starts);
    made_.path_steps = std::move(shape.steps);
    made_.sizes.resize(shape.nodes);
    for (std::size_t symbol = 0; symbol < counts.size(); ++symbol)
      each_step(symbol, [&](std::uint32_t node, std::uint32_t) {
        made_.sizes[node] += counts[symbol];
      });
  }

  template <typename Symbol>
  QuadArrays build(std::span<const Symbol> text) {
    place();
    for (const Symbol symbol : text)
      each_step(symbol, [&](std::uint32_t node, std::uint32_t digit) { put(node, digit); });
    for (std::size_t node = 0; node < cursors_.size(); ++node) write(node);
    return std::move(made_);
  }

  static constexpr std::uint32_t lines_per_super = 256;
  static std::size_t lines_of(std::size_t size) { return size / QuadLine::digits + 1; }
  static std::size_t supers_of(std::size_t size) {
    return (lines_of(size) + lines_per_super - 1) / lines_per_super;
  }

 private:
  struct Cursor {
    std::size_t line = 0, super = 0;  // of the node's first
    std::uint32_t row = 0, place = 0;
    std::array<std::uint32_t, 4> total{}, base{};
    std::uint64_t low[4] = {}, high[4] = {};
  };

  QuadArrays made_;
  std::vector<Cursor> cursors_;

  template <typename Visit>
  void each_step(std::size_t symbol, Visit visit) const {
    for (std::uint32_t at = made_.path_starts[symbol]; at < made_.path_starts[symbol + 1]; ++at)
      visit(made_.path_steps[at] >> 2, made_.path_steps[at] & 3);
  }

  void place() {
    cursors_.resize(made_.sizes.size());
    std::size_t line = 0, super = 0;
    for (std::size_t node = 0; node < cursors_.size(); ++node) {
      cursors_[node].line = line;
      cursors_[node].super = super;
      line += lines_of(made_.sizes[node]);
      super += supers_of(made_.sizes[node]);
    }
    made_.lines.resize(line * sizeof(QuadLine));
    made_.supers.resize(super * 4);
    for (Cursor& cursor : cursors_) begin(cursor);
  }

  QuadLine& line_of(const Cursor& cursor) {
    const std::size_t number = cursor.line + cursor.row / QuadLine::digits;
    return reinterpret_cast<QuadLine*>(made_.lines.data())[number];
  }

  void begin(Cursor& cursor) {
    const std::size_t line = cursor.row / QuadLine::digits;
    if (line % lines_per_super == 0) {
      cursor.base = cursor.total;
      std::copy_n(cursor.base.begin(), 4,
                  made_.supers.data() + (cursor.super + line / lines_per_super) * 4);
    }
    QuadLine& made = line_of(cursor);
    for (std::size_t digit = 0; digit < 4; ++digit)
      made.counts[digit] = static_cast<std::uint16_t>(cursor.total[digit] - cursor.base[digit]);
  }

  void write(std::size_t node) {
    Cursor& cursor = cursors_[node];
    QuadLine& line = line_of(cursor);
    std::memcpy(line.low, cursor.low, sizeof line.low);
    std::memcpy(line.high, cursor.high, sizeof line.high);
    std::memset(cursor.low, 0, sizeof cursor.low);
    std::memset(cursor.high, 0, sizeof cursor.high);
  }

  void put(std::uint32_t node, std::uint32_t digit) {
    Cursor& cursor = cursors_[node];
    const std::uint32_t place = cursor.place;
    cursor.low[place >> 6] |= std::uint64_t{digit & 1} << (place & 63);
    cursor.high[place >> 6] |= std::uint64_t{digit >> 1} << (place & 63);
    ++cursor.total[digit];
    if (++cursor.place < QuadLine::digits) {
      ++cursor.row;
      return;
    }
    write(node);
    ++cursor.row;
    cursor.place = 0;
    begin(cursor);
  }
};

}  // namespace mnemic
