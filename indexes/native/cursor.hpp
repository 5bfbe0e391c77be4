// One query term in one segment: adds its parts to a window's scores, or looks single documents up.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <span>

#include "query.hpp"
#include "scoring.hpp"
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

  // Asks for the memory that a look-up of the document will read.
  void prefetch(std::uint32_t document) const noexcept {
    if (unpacked_ != nullptr) fetch(&unpacked_->words[document >> 6]);
  }

  // Documents that have the term.
  std::size_t size() const noexcept { return list_->size(); }

  // Whether lookups are cheap, and groups of 8 documents have bounds.
  bool unpacked() const noexcept { return unpacked_ != nullptr; }
  const std::uint8_t* codes() const noexcept { return bounds_->codes.data(); }

  // Adds the parts of the documents in [base, end). Calls come with ascending bases.
  void accumulate(std::uint32_t base, std::uint64_t end, Window& window) {
    if (unpacked_ != nullptr) return accumulate_bits(base, end, window);
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
      window.add(base, room_.documents + first, room_.parts + first, at_ - first);
      if (at_ < size_) return;
    }
  }

  // Adds to the candidates' scores the parts of those that have the term. A list that is not
  // unpacked moves on to them, so they ascend.
  void look_up(Candidates& candidates) {
    if (unpacked_ != nullptr) return look_up_bits(candidates);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      double part = 0;
      look_up(candidates.document(i), part);
      candidates.add(i, part);
    }
  }

  // An upper bound of the parts of the documents in [base, end), from the blocks they may be in.
  double bound_within(std::uint32_t base, std::uint64_t end) {
    if (unpacked_ != nullptr || bounds_ == nullptr) return bound_;
    find_part(base);
    float most = 0;
    for (std::size_t part = place_.part; part < list_->parts(); ++part) {
      if (part > 0 && std::uint64_t{list_->last(part - 1)} + 1 >= end) break;
      most = std::max(most, bounds_->parts[part]);
    }
    return factor_ * static_cast<double>(most);
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

  void look_up(std::uint32_t document, double& part) noexcept {
    find_part(document);
    if (place_.part >= list_->parts()) return;
    load();
    const std::uint32_t* const end = room_.documents + size_;
    const std::uint32_t* const begin = room_.documents;
    const std::uint32_t* const found = std::lower_bound(begin, end, document);
    if (found == end || *found != document) return;
    part = part_at(static_cast<std::size_t>(found - begin));
  }

  void find_part(std::uint32_t document) noexcept {
    while (place_.part < list_->blocks() && list_->last(place_.part) < document) next_part();
  }

  void next_part() noexcept {
    list_->advance(place_);
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

  void accumulate_bits(std::uint32_t base, std::uint64_t end, Window& window) const {
    const std::size_t words = std::min<std::size_t>((end + 63) / 64, unpacked_->words.size());
    std::uint32_t documents[block_size];
    Value values[block_size];
    double parts[block_size];
    std::size_t size = 0;
    for (std::size_t word = base / 64; word < words; ++word) {
      for (std::uint64_t bits = unpacked_->words[word].bits; bits != 0; bits &= bits - 1)
        documents[size++] =
            static_cast<std::uint32_t>(word * 64 + static_cast<unsigned>(std::countr_zero(bits)));
      if (size <= block_size - 64 && word + 1 < words) continue;
      if (size == 0) continue;
      // The values of documents that follow each other do so too.
      Scoring::values(*unpacked_, unpacked_->place(documents[0]), size, values);
      scoring_->parts(documents, values, size, factor_, parts);
      window.add(base, documents, parts, size);
      size = 0;
    }
  }

  void look_up_bits(Candidates& candidates) const noexcept {
    for (std::size_t begin = 0; begin < candidates.size(); begin += block_size) {
      const std::size_t size = std::min(block_size, candidates.size() - begin);
      const std::uint32_t* const documents = candidates.documents() + begin;
      Value values[block_size];
      double parts[block_size];
      bool has[block_size];
      read_bits(documents, size, values, has);
      scoring_->parts(documents, values, size, factor_, parts);
      const double unit = bound_ / 255;
      for (std::size_t i = 0; i < size; ++i)
        candidates.settle(begin + i, has[i] ? parts[i] : 0.0,
                          unit * bounds_->codes[documents[i] / bound_width]);
    }
  }

  // Where a document has not the term, its value is another's: it does not count.
  void read_bits(const std::uint32_t* documents, std::size_t size, Value* values,
                 bool* has) const noexcept {
    const UnpackedList& list = *unpacked_;
    processor::run_widest([=, &list] {
      std::size_t places[block_size];
      for (std::size_t i = 0; i < size; ++i) {
        has[i] = list.has(documents[i]);
        places[i] = list.place(documents[i]);
        Scoring::prefetch(list, places[i]);
      }
      for (std::size_t i = 0; i < size; ++i) values[i] = Scoring::value(list, places[i]);
    });
  }
};

}  // namespace mnemic
