// One query term in one segment: adds its parts to a window, exactly or as upper bounds, and looks
// single documents up.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>

#include "query.hpp"
#include "scoring.hpp"
#include "slots.hpp"
#include "upper_sums.hpp"
#include "window.hpp"

namespace mnemic {

// Room for one decoded block of a list.
template <typename Value>
struct BlockRoom {
  std::uint32_t* documents;
  Value* values;
  double* parts;

  static std::size_t entries(const SegmentTerm& term) noexcept {
    return term.unpacked.list ? 0 : std::min<std::size_t>(block_size, term.list.size());
  }
};

template <typename Scoring>
class Cursor {
 public:
  using Value = typename Scoring::Value;

  Cursor(const SegmentTerm& term, double factor, const Scoring& scoring, BlockRoom<Value> room)
      : list_(&term.list),
        unpacked_(term.unpacked.list.get()),
        bounds_(term.unpacked.bounds.get()),
        scoring_(&scoring),
        room_(room),
        factor_(factor) {
    if (bounds_ != nullptr) {
      bound_ = factor * bounds_->most;
      return;
    }
    load();  // a short list is one part
    score_block();
    bound_ = *std::max_element(room_.parts, room_.parts + size_);
  }

  // No document's part is larger.
  double bound() const noexcept { return bound_; }

  // Documents that have the term.
  std::size_t size() const noexcept { return list_->size(); }

  // Whether there is a code for each document.
  bool frequent() const noexcept { return unpacked_ != nullptr && unpacked_->frequent(); }

  CodedTerm coded(const UpperScale& scale) const noexcept {
    return {bounds_->codes.data(), bounds_->tops.data(), scale.weight(bound_)};
  }

  // By how many units upper bounds may exceed the parts.
  double slack(const UpperScale& scale) const noexcept {
    return unpacked_ == nullptr ? 2 : scale.slack(bound_);
  }

  // Adds the parts of a window's documents. Calls come with ascending bases.
  void accumulate(std::uint32_t base, Window& window) {
    if (frequent()) return accumulate_bits(base, window);
    if (unpacked_ != nullptr) return accumulate_slots(base, window);
    each_block(base, [&](const std::uint32_t* documents, const double* parts, std::size_t n) {
      window.add(base, documents, parts, n);
    });
  }

  // Adds upper bounds of the parts of a window's documents, when the term is not frequent().
  void accumulate(std::uint32_t base, const UpperScale& scale, UpperSums& sums) {
    if (unpacked_ != nullptr) {
      const auto [first, size] = in_window(base / window_size);
      // The next window's, but for the line that is being read.
      fetch(unpacked_->slots.data() + first + size + 32);
      fetch(bounds_->codes.data() + first + size + 64);
      sums.add(unpacked_->slots.data() + first, bounds_->codes.data() + first, size,
               scale.weight(bound_));
      return;
    }
    each_block(base, [&](const std::uint32_t* documents, const double* parts, std::size_t n) {
      sums.add(base, documents, parts, n, scale.units());
    });
  }

  // Begins again with the first document.
  void rewind() noexcept {
    if (unpacked_ != nullptr) return;
    if (place_.part == 0) {
      at_ = 0;
      return;
    }
    place_ = {};
    forget();
  }

  // Adds to the scores the parts of those documents that have the term. Documents ascend.
  void look_up(const std::uint32_t* documents, std::size_t n, double* scores) {
    if (unpacked_ == nullptr) {
      for (std::size_t i = 0; i < n; ++i) look_up(documents[i], scores[i]);
      return;
    }
    for (std::size_t begin = 0; begin < n; begin += block_size)
      look_up_block(documents + begin, std::min(block_size, n - begin), scores + begin);
  }

 private:
  const PackedList* list_;
  const UnpackedList* unpacked_;
  const ListBounds* bounds_;
  const Scoring* scoring_;
  BlockRoom<Value> room_;
  double factor_;
  double bound_ = 0;
  ListPlace place_;
  std::size_t size_ = 0;    // of the loaded part; 0 when none is
  std::size_t at_ = 0;      // the next posting of it to add
  bool has_values_ = false;
  bool scored_ = false;

  struct Range {
    std::size_t first, size;
  };

  Range in_window(std::size_t window) const noexcept {
    const std::size_t first = unpacked_->starts[window];
    return {first, unpacked_->starts[window + 1] - first};
  }

  void look_up(std::uint32_t document, double& score) noexcept {
    find_part(document);
    if (place_.part >= list_->parts()) return;
    load();
    const std::uint32_t* const end = room_.documents + size_;
    const std::uint32_t* const begin = room_.documents;
    const std::uint32_t* const found = std::lower_bound(begin, end, document);
    if (found == end || *found != document) return;
    score += part_at(static_cast<std::size_t>(found - begin));
  }

  void find_part(std::uint32_t document) noexcept {
    while (place_.part < list_->blocks() && list_->last(place_.part) < document) next_part();
  }

  void next_part() noexcept {
    list_->advance(place_);
    forget();
  }

  void forget() noexcept {
    size_ = at_ = 0;
    has_values_ = scored_ = false;
  }

  void load() noexcept {
    if (size_ > 0) return;
    size_ = list_->part_size(place_.part);
    has_values_ = place_.part == list_->blocks();
    list_->prefetch_after(place_);
    if (has_values_) list_->tail(room_.documents, room_.values);
    else list_->documents(place_, room_.documents);
  }

  void score_block() noexcept {
    if (scored_) return;
    if (!has_values_) list_->values(place_, room_.values);
    scoring_->parts(room_.documents, room_.values, size_, factor_, room_.parts);
    has_values_ = scored_ = true;
  }

  double part_at(std::size_t index) const noexcept {
    if (scored_) return room_.parts[index];
    Value value;
    if (has_values_) value = room_.values[index];
    else list_->value(place_, index, value);
    return scoring_->part(room_.documents[index], value, factor_);
  }

  // Visits the documents of a window with their parts, of each block at once.
  template <typename Visit>
  void each_block(std::uint32_t base, Visit visit) {
    const std::uint64_t end = std::uint64_t{base} + window_size;
    for (find_part(base); place_.part < list_->parts(); next_part()) {
      if (place_.part > 0 && std::uint64_t{list_->last(place_.part - 1)} + 1 >= end) return;
      load();
      score_block();
      if (room_.documents[at_] < base)
        at_ = static_cast<std::size_t>(
            std::lower_bound(room_.documents + at_, room_.documents + size_, base) - room_.documents);
      const std::size_t first = at_;
      if (room_.documents[size_ - 1] < end) at_ = size_;
      else while (room_.documents[at_] < end) ++at_;
      visit(room_.documents + first, room_.parts + first, at_ - first);
      if (at_ < size_) return;
    }
  }

  void accumulate_bits(std::uint32_t base, Window& window) const {
    const std::size_t words =
        std::min<std::size_t>((std::uint64_t{base} + window_size) / 64, unpacked_->words.size());
    std::uint32_t documents[block_size];
    std::size_t size = 0, place = 0;
    for (std::size_t word = base / 64; word < words; ++word) {
      if (size == 0) place = unpacked_->words[word].rank;
      for (std::uint64_t bits = unpacked_->words[word].bits; bits != 0; bits &= bits - 1)
        documents[size++] =
            static_cast<std::uint32_t>(word * 64 + static_cast<unsigned>(std::countr_zero(bits)));
      if (size <= block_size - 64 && word + 1 < words) continue;
      add_exactly(base, documents, place, size, window);
      size = 0;
    }
  }

  void accumulate_slots(std::uint32_t base, Window& window) const {
    const auto [first, all] = in_window(base / window_size);
    std::uint32_t documents[block_size];
    for (std::size_t begin = 0; begin < all; begin += block_size) {
      const std::size_t size = std::min(block_size, all - begin);
      for (std::size_t i = 0; i < size; ++i)
        documents[i] = base + unpacked_->slots[first + begin + i];
      add_exactly(base, documents, first + begin, size, window);
    }
  }

  // Documents that follow each other in the list, from `place` on.
  void add_exactly(std::uint32_t base, const std::uint32_t* documents, std::size_t place,
                   std::size_t size, Window& window) const {
    Value values[block_size];
    double parts[block_size];
    Scoring::values(*unpacked_, place, size, values);
    scoring_->parts(documents, values, size, factor_, parts);
    window.add(base, documents, parts, size);
  }

  void look_up_block(const std::uint32_t* documents, std::size_t n, double* scores) const noexcept {
    std::size_t places[block_size];
    bool has[block_size];
    Value values[block_size];
    double parts[block_size];
    if (unpacked_->frequent()) find_bits(documents, n, places, has);
    else find_slots(documents, n, places, has);
    // Where a document has not the term, its value is another's: it does not count.
    for (std::size_t i = 0; i < n; ++i) values[i] = Scoring::value(*unpacked_, places[i]);
    scoring_->parts(documents, values, n, factor_, parts);
    for (std::size_t i = 0; i < n; ++i) scores[i] += has[i] ? parts[i] : 0.0;
  }

  void find_bits(const std::uint32_t* documents, std::size_t n, std::size_t* places,
                 bool* has) const noexcept {
    const UnpackedList& list = *unpacked_;
    processor::run_widest([=, &list] {
      for (std::size_t i = 0; i < n; ++i) {
        const RankedBits& word = list.words[documents[i] >> 6];
        const std::uint64_t below = (std::uint64_t{1} << (documents[i] & 63)) - 1;
        has[i] = (word.bits >> (documents[i] & 63) & 1) != 0;
        places[i] = word.rank + static_cast<std::size_t>(std::popcount(word.bits & below));
        Scoring::prefetch(list, places[i]);
      }
    });
  }

  void find_slots(const std::uint32_t* documents, std::size_t n, std::size_t* places,
                  bool* has) const noexcept {
    const processor::Level level = processor::best();
    for (std::size_t i = 0; i < n; ++i) {
      const auto [first, size] = in_window(documents[i] / window_size);
      const auto wanted = static_cast<std::uint16_t>(documents[i] % window_size);
      const std::size_t place = slot_of(level, {unpacked_->slots.data() + first, size}, wanted);
      has[i] = place < size;
      places[i] = first + (has[i] ? place : 0);
    }
  }
};

}  // namespace mnemic
