// Upper bounds of the scores of a window's documents, added up as whole numbers of 16 bits.
//
// A score s is s * units(), and every part is rounded up by at most slack() units in all: so a sum
// is never below the score, and less slack() never above it. An instruction
// takes four times as many of them as of doubles, and they are exact enough that few documents more
// than k reach the k-th best score.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include "processor.hpp"
#include "reaching.hpp"
#include "unpacked.hpp"

namespace mnemic {

// In a line of which more documents are left, all are added up at once.
inline constexpr int most_single = 2;

// How scores become whole numbers, for one query in one segment.
class UpperScale {
 public:
  static constexpr std::size_t most_terms = 1 << 12;

  // For terms whose bounds add up to `total`; both roundings of each term still fit.
  UpperScale(double total, std::size_t terms) noexcept
      : units_((65535.0 * 255 / 256 - 2.0 * static_cast<double>(terms)) / total) {}

  double units() const noexcept { return units_; }

  // What a code of 255 counts, as 1 / 65536 of 255 / 256.
  std::uint16_t weight(double bound) const noexcept {
    return static_cast<std::uint16_t>(std::ceil(bound * units_ * (256.0 / 255.0) * (1 + 1e-12)));
  }

  // By how much a term's codes may exceed its parts.
  double slack(double bound) const noexcept { return bound * units_ / 255 + 2; }

 private:
  double units_;
};

// A frequent term's codes, one for each document, and what they count.
struct CodedTerm {
  const std::uint8_t* codes;
  const std::uint8_t* tops;  // the largest of each 8 documents
  std::uint16_t weight;
};

inline std::uint16_t coded(std::uint8_t code, std::uint16_t weight) noexcept {
  // Shifted up, so that the product's upper half is what compilers have an instruction for.
  const auto high = static_cast<std::uint16_t>(code << 8);
  return static_cast<std::uint16_t>(((std::uint32_t{high} * weight) >> 16) + (code != 0));
}

static_assert(window_size <= 64 * line_size, "one word says which lines are left");

// Documents of a window, whole lines of them.
struct Slots {
  std::size_t first, end;
};

class UpperSums {
 public:
  // Adds coded postings, none of which has code 0.
  void add(const std::uint16_t* slots, const std::uint8_t* codes, std::size_t n,
           std::uint16_t weight) noexcept {
    std::uint16_t* const sums = sums_.data();
    for (std::size_t i = 0; i < n; ++i) {
      std::uint16_t& sum = sums[slots[i]];
      sum = static_cast<std::uint16_t>(sum + (std::uint32_t{codes[i]} * weight >> 8) + 1);
    }
  }

  // Adds parts of documents in [base, base + window_size).
  void add(std::uint32_t base, const std::uint32_t* documents, const double* parts, std::size_t n,
           double units) noexcept {
    for (std::size_t i = 0; i < n; ++i) {
      std::uint16_t& sum = sums_[documents[i] - base];
      sum = static_cast<std::uint16_t>(sum + static_cast<std::uint32_t>(parts[i] * units) + 1);
    }
  }

  // Visits the documents in [base + first, base + end) of the window at `base` whose sum with that
  // of the frequent terms is at least `least` (more than 0), ascending. Codes are read only where
  // the largest of 8 could lift a sum over it.
  template <typename Visit>
  void take_reaching(std::uint32_t base, Slots range, std::span<const CodedTerm> terms,
                     std::uint16_t least, Visit visit) {
    std::uint16_t limits[window_size / bound_width];
    std::uint64_t lines[window_size / line_size];
    const std::size_t count = (range.end - range.first) / line_size;
    set_limits(base, range, terms, least, limits);
    std::uint64_t left = reaching(sums_.data() + range.first, limits, count, lines);
    for (; left != 0; left &= left - 1) {
      const auto line = static_cast<std::size_t>(std::countr_zero(left));
      const std::size_t first = range.first + line * line_size;
      if (terms.empty() || !more_than(most_single, lines[line])) {
        take_single(base, first, lines[line], terms, least, visit);
        continue;
      }
      add_line(first, terms, base);
      std::fill_n(limits, line_size / bound_width, least);
      reaching(sums_.data() + first, limits, 1, &lines[line]);
      take_single(base, first, lines[line], {}, least, visit);
    }
  }

  void clear() noexcept { sums_.fill(0); }

 private:
  alignas(64) std::array<std::uint16_t, window_size> sums_{};

  template <typename Visit>
  void take_single(std::uint32_t base, std::size_t first, std::uint64_t bits,
                   std::span<const CodedTerm> terms, std::uint16_t least, Visit& visit) const {
    for (; bits != 0; bits &= bits - 1) {
      const std::size_t slot = first + static_cast<std::size_t>(std::countr_zero(bits));
      std::uint16_t sum = sums_[slot];
      for (const CodedTerm& term : terms)
        sum = static_cast<std::uint16_t>(sum + coded(term.codes[base + slot], term.weight));
      if (sum >= least) visit(base + static_cast<std::uint32_t>(slot), sum);
    }
  }

  static bool more_than(int count, std::uint64_t bits) noexcept {
    for (; count > 0 && bits != 0; --count) bits &= bits - 1;
    return bits != 0;
  }

  static void set_limits(std::uint32_t base, Slots range, std::span<const CodedTerm> terms,
                         std::uint16_t least, std::uint16_t* limits) noexcept {
    processor::run_widest([=] {
      const std::size_t all = (range.end - range.first) / bound_width;
      for (std::size_t i = 0; i < all; ++i) limits[i] = 0;
      for (const CodedTerm& term : terms) {
        const std::uint8_t* const tops = term.tops + (base + range.first) / bound_width;
        const std::uint16_t weight = term.weight;
#pragma GCC ivdep
        for (std::size_t i = 0; i < all; ++i)
          limits[i] = static_cast<std::uint16_t>(limits[i] + coded(tops[i], weight));
      }
      for (std::size_t i = 0; i < all; ++i)
        limits[i] = static_cast<std::uint16_t>(least - std::min(least, limits[i]));
    });
  }

  void add_line(std::size_t first, std::span<const CodedTerm> terms, std::uint32_t base) noexcept {
    std::uint16_t* const sums = sums_.data() + first;
    const std::size_t begin = base + first;
    processor::run_widest([=] {
      for (const CodedTerm& term : terms) {
        const std::uint8_t* const codes = term.codes + begin;
        const std::uint16_t weight = term.weight;
#pragma GCC ivdep
        for (std::size_t i = 0; i < line_size; ++i)
          sums[i] = static_cast<std::uint16_t>(sums[i] + coded(codes[i], weight));
      }
    });
  }
};

}  // namespace mnemic
