// A set of rows that says how many of its members come before a row; one cache line a question.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "huge.hpp"
#include "processor.hpp"

namespace mnemic {

struct alignas(64) RowLine {
  static constexpr std::uint32_t rows = 480;
  std::uint32_t before;
  std::uint8_t bits[60];

  std::uint32_t rank(std::uint32_t place) const noexcept {
    std::uint64_t words[8];
    words[7] = 0;
    std::memcpy(words, bits, sizeof bits);
    std::uint32_t sum = before;
    for (std::uint32_t word = 0; word < 8; ++word) {
      const std::uint32_t base = 64 * word;
      const std::uint64_t mask = place >= base + 64 ? ~std::uint64_t{0}
                                 : place > base     ? (std::uint64_t{1} << (place - base)) - 1
                                                    : 0;
      sum += static_cast<std::uint32_t>(std::popcount(words[word] & mask));
    }
    return sum;
  }
};
static_assert(sizeof(RowLine) == 64);

class RowSet {
 public:
  RowSet() = default;
  explicit RowSet(std::size_t rows) : lines_(rows / RowLine::rows + 1, RowLine{}) {}

  void insert(std::uint32_t row) noexcept {
    const std::uint32_t place = row % RowLine::rows;
    lines_[row / RowLine::rows].bits[place >> 3] |= static_cast<std::uint8_t>(1u << (place & 7));
  }

  // Adds the members of another set of the same rows.
  void insert_all(const RowSet& other) noexcept {
    for (std::size_t line = 0; line < lines_.size(); ++line)
      for (std::size_t byte = 0; byte < sizeof lines_[line].bits; ++byte)
        lines_[line].bits[byte] |= other.lines_[line].bits[byte];
  }

  // Counts the members; to be called after insertions, before questions about ranks.
  void settle() noexcept {
    std::uint32_t sum = 0;
    for (RowLine& line : lines_) {
      line.before = sum;
      sum = line.rank(RowLine::rows);
    }
    size_ = sum;
  }

  std::uint32_t size() const noexcept { return size_; }
  // Whether it can be a set of so many rows.
  bool covers(std::size_t rows) const noexcept {
    return lines_.size() == rows / RowLine::rows + 1;
  }
  std::size_t bytes() const noexcept { return lines_.size() * sizeof(RowLine); }

  bool contains(std::uint32_t row) const noexcept {
    const std::uint32_t place = row % RowLine::rows;
    return (lines_[row / RowLine::rows].bits[place >> 3] >> (place & 7)) & 1u;
  }

  // How many members are below the row.
  std::uint32_t rank(std::uint32_t row) const noexcept {
    return lines_[row / RowLine::rows].rank(row % RowLine::rows);
  }

  void prepare(std::uint32_t row) const noexcept { fetch(lines_.data() + row / RowLine::rows); }
  void prepare_to_insert(std::uint32_t row) const noexcept {
    fetch_to_write(lines_.data() + row / RowLine::rows);
  }

 private:
  Large<RowLine> lines_;
  std::uint32_t size_ = 0;
};

}  // namespace mnemic
