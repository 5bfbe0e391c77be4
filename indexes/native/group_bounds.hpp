// Upper bounds of what the frequent terms of a query add together, for each 8 documents of a window.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "processor.hpp"
#include "window.hpp"

namespace mnemic {

class GroupBounds {
 public:
  double total = 0;  // of all terms, over the whole segment

  void clear(std::size_t groups) noexcept {
    groups_ = groups;
    sums_.fill(0);
  }

  // Adds a term: its codes for the window's groups in units of bound / 255.
  void add(const std::uint8_t* codes, double bound) noexcept {
    add(codes, unit_of(bound));
    for (std::size_t i = 0; i < all; i += 64) fetch(codes + all + i);  // the next window's
  }

  void take_away(const std::uint8_t* codes, double bound) noexcept {
    add(codes, 0U - unit_of(bound));  // whole numbers wrap around
  }

  double largest() const noexcept {
    const std::uint32_t* const sums = sums_.data();
    std::uint32_t largest = 0;
    processor::run_widest([sums, &largest] {
      std::uint32_t most = 0;
      for (std::size_t i = 0; i < all; ++i) most = std::max(most, sums[i]);
      largest = most;
    });
    return largest * unit();
  }

  // From here on needed(slot) is what a document must have from other terms to reach `least`.
  void set_needed(double least) noexcept {
    const std::uint32_t* const sums = sums_.data();
    double* const needed = needed_.data();
    const double each = unit();
    processor::run_widest([=] {
      for (std::size_t i = 0; i < all; ++i) needed[i] = least - sums[i] * each;
    });
  }

  double needed(std::uint32_t slot) const noexcept { return needed_[slot / bound_width]; }

 private:
  static constexpr std::size_t all = window_size / bound_width;
  // All bounds together are this much in whole numbers.
  static constexpr double scale = 1 << 30;

  std::array<std::uint32_t, all> sums_{};
  std::array<double, all> needed_{};
  std::size_t groups_ = 0;

  std::uint32_t unit_of(double bound) const noexcept {
    return total > 0 ? static_cast<std::uint32_t>(std::ceil(bound / total * (scale / 255))) : 0;
  }

  void add(const std::uint8_t* codes, std::uint32_t unit) noexcept {
    std::uint32_t* const sums = sums_.data();
    const std::size_t groups = groups_;
    processor::run_widest([=] {
#pragma GCC ivdep
      for (std::size_t i = 0; i < groups; ++i) sums[i] += unit * codes[i];
    });
  }

  double unit() const noexcept { return total / scale * (1 + 1e-9); }
};

}  // namespace mnemic
