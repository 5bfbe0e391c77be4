// Exact top-k of one segment with dynamic pruning, in windows of documents.
//
// Upper bounds of all scores are added up in whole numbers (upper_sums.hpp). The rare terms of a
// window come first; where none of 8 documents could reach the k best with the most that the
// frequent terms add, these are not even read (after Turtle and Flood, MaxScore, 1995, and Ding and
// Suel, block-max, 2011). The few documents that reach the k-th best bound, less what bounds may
// exceed scores, are scored exactly, their parts always in the same order: a score does not depend
// on what was pruned.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "contenders.hpp"
#include "cursor.hpp"
#include "topk.hpp"

namespace mnemic {

// What a thread needs for a search; clean between searches.
struct SearchRoom {
  Window window;
  UpperSums sums;
  Contenders contenders;
  std::vector<CodedTerm> frequent;
  std::vector<double> scores;

  std::size_t entries() const noexcept {
    return window.entries() + contenders.entries() + frequent.size() + scores.size();
  }
};

// Covers the rounding of scores, as a share of them.
inline constexpr double margin = 1e-9;

// Parts that are less than this share of the shift may be rounding alone: larger than their bounds,
// or below 0. Such bounds would leave nothing out.
inline constexpr double least_share = 1e-6;

// A query of so few postings for each document that is wanted is scored whole.
inline constexpr std::size_t exhaustive_postings = 10;

// Documents that are looked at together before anything can be left out.
inline constexpr std::size_t first_step = 512;

template <typename Scoring>
class SegmentSearch {
 public:
  // `ratio`: a bound by codes is at most 1 / ratio of what it bounds, but for its rounding.
  SegmentSearch(const LivePostings& segment, Bitmap allowed, std::span<Cursor<Scoring>> cursors,
                double shift, double ratio, SearchRoom& room, TopK& top)
      : segment_(segment),
        allowed_(allowed),
        cursors_(cursors),
        shift_(shift),
        ratio_(ratio),
        room_(room),
        top_(top),
        documents_(segment.postings().document_count()) {}

  void run() {
    double total = 0;
    std::size_t postings = 0;
    for (const Cursor<Scoring>& cursor : cursors_) {
      total += cursor.bound();
      postings += cursor.size();
    }
    const bool few = postings / exhaustive_postings <= top_.wanted();
    const bool scales = total > least_share * std::abs(shift_) && std::isfinite(total) &&
                        cursors_.size() <= UpperScale::most_terms;
    if (few || !scales) return score_all();
    bound_all(UpperScale(total, cursors_.size()));
    for (Cursor<Scoring>& cursor : cursors_) cursor.rewind();
    // Bounds of many rare terms leave out little, and each would be asked for each document.
    if (room_.contenders.size() > postings / cursors_.size()) return score_all();
    score_contenders();
  }

 private:
  const LivePostings& segment_;
  Bitmap allowed_;
  std::span<Cursor<Scoring>> cursors_;
  double shift_;
  double ratio_;
  SearchRoom& room_;
  TopK& top_;
  std::size_t documents_;

  // A score that cannot enter the top k is below; the margin covers rounding.
  double cut() const noexcept {
    const double worst = top_.worst().score;
    return worst - shift_ - margin * std::max(std::abs(worst), std::abs(shift_));
  }

  bool is_open(std::uint32_t document) const noexcept {
    return segment_.live().test(document) && allowed_.test(document);
  }

  bool is_closed(std::uint32_t base) const noexcept {
    if (!allowed_.present() && !segment_.live().present()) return false;
    for (std::size_t word = base / 64; word < (std::uint64_t{base} + window_size) / 64; ++word)
      if ((segment_.live().word(word) & allowed_.word(word)) != 0) return false;
    return true;
  }

  void offer(std::uint32_t document, double score) {
    top_.offer(score + shift_, segment_.ordinals()[document]);
  }

  // Visits the windows that have documents that are live and allowed.
  template <typename Visit>
  void each_window(Visit visit) {
    for (std::uint64_t base = 0; base < documents_; base += window_size)
      if (!is_closed(static_cast<std::uint32_t>(base))) visit(static_cast<std::uint32_t>(base));
  }

  void score_all() {
    each_window([&](std::uint32_t base) {
      for (Cursor<Scoring>& cursor : cursors_) cursor.accumulate(base, room_.window);
      const double least = top_.full() ? cut() : std::numeric_limits<double>::lowest();
      room_.window.take_reaching(least, [&](std::uint32_t slot, double score) {
        if (is_open(base + slot)) offer(base + slot, score);
      });
      room_.window.clear();
    });
  }

  void bound_all(const UpperScale& scale) {
    // Scores that differ may be equal when the shift is added.
    double slack = margin * std::abs(shift_) * scale.units();
    room_.frequent.clear();
    for (const Cursor<Scoring>& cursor : cursors_) {
      slack += cursor.slack(scale);
      if (cursor.frequent()) room_.frequent.push_back(cursor.coded(scale));
    }
    room_.contenders.start(top_.wanted(), first_least(scale), slack, ratio_);
    each_window([&](std::uint32_t base) {
      for (Cursor<Scoring>& cursor : cursors_)
        if (!cursor.frequent()) cursor.accumulate(base, scale, room_.sums);
      take(base);
      room_.sums.clear();
    });
    room_.contenders.drop();
  }

  // What earlier segments found is to be reached.
  std::uint16_t first_least(const UpperScale& scale) const noexcept {
    if (!top_.full()) return 1;
    return static_cast<std::uint16_t>(std::clamp(cut() * scale.units(), 1.0, 65535.0));
  }

  void take(std::uint32_t base) {
    Contenders& contenders = room_.contenders;
    const bool all_open = !segment_.live().present() && !allowed_.present();
    const std::size_t lines = (documents_ - base + line_size - 1) / line_size;
    const std::size_t size = std::min<std::size_t>(window_size, lines * line_size);
    // Small steps until k are known: they raise what is to be reached sooner.
    for (std::size_t first = 0, end = 0; first < size; first = end) {
      end = contenders.least() > 1 ? size : std::min(size, first + first_step);
      room_.sums.take_reaching(base, {first, end}, room_.frequent, contenders.least(),
                               [&](std::uint32_t document, std::uint16_t sum) {
                                 if (all_open || is_open(document)) contenders.put(document, sum);
                               });
      contenders.thin_out();
    }
  }

  void score_contenders() {
    const std::size_t size = room_.contenders.size();
    const std::uint32_t* const documents = room_.contenders.documents();
    room_.scores.assign(size, 0.0);
    for (Cursor<Scoring>& cursor : cursors_)
      cursor.look_up(documents, size, room_.scores.data());
    for (std::size_t i = 0; i < size; ++i) offer(documents[i], room_.scores[i]);
  }
};

}  // namespace mnemic
