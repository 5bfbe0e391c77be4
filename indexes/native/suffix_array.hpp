// Suffix arrays by induced sorting, of strings over bytes, 16-bit and 32-bit symbols.
//
// G. Nong, S. Zhang and W. H. Chan, Two Efficient Algorithms for Linear Time Suffix Array
// Construction, IEEE Transactions on Computers 60(10), 2011. Suffixes that were induced are told
// from those that still induce by the sign of their entry, so a pass reads the string only where it
// sorts; those reads are random, so they are asked for a few dozen entries ahead.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "errors.hpp"
#include "processor.hpp"

namespace mnemic {

namespace induced {

using Row = std::int32_t;

inline constexpr Row ahead = 32;

// Sorts the suffixes of one string; rows is as long as the string.
template <typename Symbol>
class Sorter {
 public:
  // `before`, if it is not empty, gets the symbol before each suffix, which is read anyway.
  Sorter(std::span<const Symbol> text, std::span<Row> rows, std::size_t symbols,
         std::span<Symbol> before = {})
      : text_(text.data()), rows_(rows.data()), before_(before.data()),
        size_(static_cast<Row>(text.size())), counts_(symbols), edges_(symbols) {
    for (const Symbol symbol : text) ++counts_[symbol];
  }

  void sort() {
    if (size_ == 0) return;
    if (size_ == 1) {
      rows_[0] = 0;
      if (before_ != nullptr) before_[0] = 0;
      return;
    }
    const Row found = place_leftmost();
    if (found > 1) {
      sort_substrings();
      const Row names = name_substrings(found);
      order_leftmost(found, names);
      place_sorted(found);
    }
    if (before_ == nullptr) induce_all<false>();
    else induce_all<true>();
  }

 private:
  const Symbol* text_;
  Row* rows_;
  Symbol* before_;
  Row size_;
  std::vector<Row> counts_;
  std::vector<Row> edges_;  // of the buckets: where the next suffix of a symbol goes

  void begins() {
    Row sum = 0;
    for (std::size_t symbol = 0; symbol < counts_.size(); ++symbol) {
      edges_[symbol] = sum;
      sum += counts_[symbol];
    }
  }

  void ends() {
    Row sum = 0;
    for (std::size_t symbol = 0; symbol < counts_.size(); ++symbol) {
      sum += counts_[symbol];
      edges_[symbol] = sum;
    }
  }

  // Calls visit(position) for every leftmost S-type position (LMS), from the last to the first.
  template <typename Visit>
  void each_leftmost(Visit visit) const {
    bool smaller = false;  // whether the suffix at i is S-type: smaller than the one after it
    for (Row i = size_ - 2; i >= 0; --i) {
      const bool now = text_[i] < text_[i + 1] || (text_[i] == text_[i + 1] && smaller);
      if (!now && smaller) visit(i + 1);
      smaller = now;
    }
  }

  Row place_leftmost() {
    std::fill_n(rows_, size_, 0);
    ends();
    Row found = 0;
    each_leftmost([&](Row i) {
      rows_[--edges_[text_[i]]] = i;
      ++found;
    });
    return found;
  }

  // Asks for what entry i + ahead and i + 2 ahead of a pass will touch.
  template <int direction>
  void look_ahead(Row i) const {
    const Row far = i + direction * 2 * ahead, near = i + direction * ahead;
    if (far >= 0 && far < size_ && rows_[far] > 0) fetch(text_ + rows_[far] - 1);
    if constexpr (sizeof(Symbol) > 1) {
      if (near >= 0 && near < size_ && rows_[near] > 0)
        fetch_to_write(edges_.data() + text_[rows_[near] - 1]);
    }
  }

  // Leaves the LMS positions in the order of their substrings, as complements, among zeros.
  void sort_substrings() {
    begins();
    // The last suffix is greater than the end that follows it: L-type.
    put_larger(size_ - 1);
    for (Row i = 0; i < size_; ++i) {
      look_ahead<1>(i);
      const Row j = rows_[i];
      if (j > 0) {
        rows_[i] = 0;
        put_larger(j - 1);
      } else if (j < 0) {
        rows_[i] = ~j;
      }
    }
    ends();
    for (Row i = size_ - 1; i >= 0; --i) {
      look_ahead<-1>(i);
      const Row j = rows_[i];
      if (j > 0) {
        rows_[i] = 0;
        const Row before = j - 1;
        const bool leftmost = before > 0 && text_[before - 1] > text_[before];
        // Position 0 looks like an empty entry, and rightly so: nothing stands before it.
        rows_[--edges_[text_[before]]] = leftmost ? ~before : before;
      }
    }
  }

  // An L-type suffix; its entry is a complement when the one before it is S-type.
  template <bool keep_before = false>
  void put_larger(Row i) {
    const Symbol symbol = text_[i];
    const Symbol before = i > 0 ? text_[i - 1] : Symbol{0};
    const Row row = edges_[symbol]++;
    rows_[row] = i > 0 && before < symbol ? ~i : i;
    if constexpr (keep_before) before_[row] = before;
  }

  // An S-type suffix; its entry is a complement when the one before it is L-type.
  template <bool keep_before>
  void put_smaller(Row i) {
    const Symbol symbol = text_[i];
    const Symbol before = i > 0 ? text_[i - 1] : Symbol{0};
    const Row row = --edges_[symbol];
    rows_[row] = i == 0 || before > symbol ? ~i : i;
    if constexpr (keep_before) before_[row] = before;
  }

  // From LMS suffixes at the ends of their buckets to all suffixes.
  template <bool keep_before>
  void induce_all() {
    begins();
    put_larger<keep_before>(size_ - 1);
    for (Row i = 0; i < size_; ++i) {
      look_ahead<1>(i);
      const Row j = rows_[i];
      rows_[i] = ~j;
      if (j > 0) put_larger<keep_before>(j - 1);
    }
    ends();
    for (Row i = size_ - 1; i >= 0; --i) {
      look_ahead<-1>(i);
      const Row j = rows_[i];
      if (j > 0) put_smaller<keep_before>(j - 1);
      else rows_[i] = ~j;
    }
  }

  // Most substrings are of few symbols: comparing those here is faster than a call.
  static bool equal(const Symbol* left, const Symbol* right, std::size_t length) noexcept {
    if (length > 8) return std::equal(left, left + length, right);
    for (std::size_t i = 0; i < length; ++i)
      if (left[i] != right[i]) return false;
    return true;
  }

  // Moves the sorted LMS substrings to the front and names them by their order; the name of the
  // one at i stands at found + i / 2, for two LMS are never neighbours. Returns how many differ.
  Row name_substrings(Row found) {
    Row filled = 0;
    for (Row i = 0; filled < found; ++i)
      if (rows_[i] < 0) rows_[filled++] = ~rows_[i];
    Row* lengths = rows_ + found;
    std::fill(lengths, rows_ + size_, 0);
    Row next = size_;
    each_leftmost([&](Row i) {
      lengths[i >> 1] = next - i + (next < size_ ? 1 : 0);
      next = i;
    });
    Row names = 0, last = size_, last_length = 0;
    for (Row i = 0; i < found; ++i) {
      if (i + ahead < found) {
        fetch(text_ + rows_[i + ahead]);
        fetch(lengths + (rows_[i + ahead] >> 1));
      }
      const Row at = rows_[i], length = lengths[at >> 1];
      // Only the last one reaches the end, and it equals no other.
      const bool same = length == last_length && last + length <= size_ && at + length <= size_ &&
                        equal(text_ + at, text_ + last, static_cast<std::size_t>(length));
      if (!same) ++names;
      lengths[at >> 1] = names;
      last = at;
      last_length = length;
    }
    return names;
  }

  // Puts the LMS suffixes into their order, at the front, as numbers of LMS.
  void order_leftmost(Row found, Row names) {
    // Where no two substrings are equal, their order is that of the suffixes.
    if (names == found) return;
    Row* tail = rows_ + size_ - found;
    Row place = size_;
    for (Row i = size_ - 1; i >= found; --i)
      if (rows_[i] > 0) rows_[--place] = rows_[i] - 1;
    Sorter<Row>({tail, static_cast<std::size_t>(found)}, {rows_, static_cast<std::size_t>(found)},
                static_cast<std::size_t>(names))
        .sort();
    Row number = found;
    each_leftmost([&](Row i) { tail[--number] = i; });
    for (Row i = 0; i < found; ++i) {
      if (i + ahead < found) fetch(tail + rows_[i + ahead]);
      rows_[i] = tail[rows_[i]];
    }
  }

  // From the front to the ends of their buckets, zeros elsewhere.
  void place_sorted(Row found) {
    std::fill(rows_ + found, rows_ + size_, 0);
    ends();
    for (Row i = found - 1; i >= 0; --i) {
      const Row at = rows_[i];
      rows_[i] = 0;
      rows_[--edges_[text_[at]]] = at;
    }
  }
};

}  // namespace induced

// The order of all suffixes of a text; a suffix that is the beginning of another comes first.
// O(n) time; memory: rows, eight bytes a symbol of the alphabet, and twelve bytes at most for each
// name of the reduced text.
//
// `before` gets the symbol before each suffix, 0 before the first one of the text: the BWT.
template <typename Symbol>
void sort_suffixes(std::span<const Symbol> text, std::span<std::int32_t> rows, std::size_t symbols,
                   std::span<Symbol> before = {}) {
  constexpr std::size_t most = std::numeric_limits<std::int32_t>::max();
  if (text.size() != rows.size() || (!before.empty() && before.size() != text.size()))
    throw InvalidInput("text and rows differ in length");
  if (text.size() >= most)
    throw LimitExceeded("a text of " + std::to_string(text.size()) + " symbols", "split it");
  const auto outside = std::find_if(text.begin(), text.end(),
                                    [symbols](Symbol symbol) { return symbol >= symbols; });
  if (outside != text.end())
    throw InvalidInput("text[" + std::to_string(outside - text.begin()) + "]=" +
                       std::to_string(*outside) + " is not one of " + std::to_string(symbols) +
                       " symbols");
  induced::Sorter<Symbol>(text, rows, symbols, before).sort();
}

}  // namespace mnemic
