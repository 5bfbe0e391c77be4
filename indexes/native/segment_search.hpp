// Exact top-k of one segment with dynamic pruning, in windows of documents.
//
// The terms go from the rarest to the most frequent. Once k documents are known, the rare terms of
// a window are added up for all their documents (they are "essential": Turtle and Flood, MaxScore,
// 1995), while the frequent ones only say how much they could add at most: unpacked lists for each
// 8 documents, others for the blocks of postings in the window (block-max: Ding and Suel, 2011).
// Only documents that could still enter the top k are looked up in the frequent lists. Parts are
// always added in the same order, so a score does not depend on what was pruned.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>

#include "cursor.hpp"
#include "group_bounds.hpp"
#include "topk.hpp"

namespace mnemic {

// What a thread needs for a search; clean between searches.
struct SearchRoom {
  Window window;
  Candidates candidates;
  Candidates doubtful;
  GroupBounds bounds;

  std::size_t entries() const noexcept {
    return window.entries() + candidates.entries() + doubtful.entries();
  }
};

// So many doubtful documents are looked up before more come.
inline constexpr std::size_t most_doubtful = 1 << 15;

inline constexpr std::uint32_t first_window_size = 512;

// A query of so few postings for each document that is wanted is faster without pruning.
inline constexpr std::size_t exhaustive_postings = 100;

template <typename Scoring>
class SegmentSearch {
 public:
  SegmentSearch(const LivePostings& segment, Bitmap allowed, std::span<Cursor<Scoring>> cursors,
                double shift, SearchRoom& room, TopK& top)
      : segment_(segment),
        allowed_(allowed),
        cursors_(cursors),
        shift_(shift),
        window_(room.window),
        candidates_(room.candidates),
        doubtful_(room.doubtful),
        bounds_(room.bounds),
        top_(top),
        first_grouped_(cursors.size()),
        documents_(segment.postings().document_count()) {
    while (first_grouped_ > 0 && cursors_[first_grouped_ - 1].unpacked()) --first_grouped_;
    bounds_.total = 0;
    for (const Cursor<Scoring>& cursor : grouped()) bounds_.total += cursor.bound();
    std::size_t postings = 0;
    for (const Cursor<Scoring>& cursor : cursors_) postings += cursor.size();
    exhaustive_ = postings / exhaustive_postings <= top.wanted();
  }

  void run() {
    for (std::uint64_t base = 0; base < documents_;) {
      // Until k documents are known nothing is pruned: small windows come to that sooner.
      const std::uint32_t size = top_.full() ? window_size : first_window_size;
      search_window(static_cast<std::uint32_t>(base), size);
      base += size;
    }
    settle_doubtful();
  }

 private:
  const LivePostings& segment_;
  Bitmap allowed_;
  std::span<Cursor<Scoring>> cursors_;
  double shift_;
  Window& window_;
  Candidates& candidates_;
  Candidates& doubtful_;  // of the windows so far: a higher cut may rule them out
  GroupBounds& bounds_;
  TopK& top_;
  std::size_t first_grouped_;  // from here on all lists are unpacked, and have bounds of groups
  std::size_t documents_;
  bool exhaustive_ = false;

  std::span<Cursor<Scoring>> grouped() const noexcept { return cursors_.subspan(first_grouped_); }

  // A score that cannot enter the top k is below; the margin covers rounding.
  double cut() const noexcept {
    const double worst = top_.worst().score;
    return worst - shift_ - 1e-9 * std::max(std::abs(worst), std::abs(shift_));
  }

  void search_window(std::uint32_t base, std::uint32_t size) {
    if (is_closed(base, size)) return;
    const std::uint64_t end = std::uint64_t{base} + size;
    if (exhaustive_ || !top_.full()) {
      for (Cursor<Scoring>& cursor : cursors_) cursor.accumulate(base, end, window_);
      offer_touched(base);
    } else {
      prune(base, end);
    }
    window_.clear();
  }

  std::uint64_t open_documents(std::size_t word) const noexcept {
    return segment_.live().word(word) & allowed_.word(word);
  }

  bool is_open(std::uint32_t document) const noexcept {
    return segment_.live().test(document) && allowed_.test(document);
  }

  bool is_closed(std::uint32_t base, std::uint32_t size) const noexcept {
    if (!allowed_.present() && !segment_.live().present()) return false;
    std::uint64_t open = 0;
    for (std::size_t word = 0; word < size / 64; ++word)
      open |= open_documents(base / 64 + word);
    return open == 0;
  }

  void offer(std::uint32_t document, double score) {
    top_.offer(score + shift_, segment_.ordinals()[document]);
  }

  void offer_touched(std::uint32_t base) {
    const double least = top_.full() ? cut() : 0.0;
    window_.take_reaching([least](std::uint32_t) { return least; },
                          [&](std::uint32_t slot, double score) {
                            if (is_open(base + slot)) offer(base + slot, score);
                          });
  }

  void prune(std::uint32_t base, std::uint64_t end) {
    const double least = cut();
    const double frequent = sum_bounds(base);
    std::size_t essential = first_grouped_;
    double between = 0;
    if (frequent >= least) essential = take_essential(base, least);
    else between = leave(base, end, least - frequent, essential);
    if (essential == 0) return;
    for (Cursor<Scoring>& cursor : cursors_.first(essential))
      cursor.accumulate(base, end, window_);
    if (doubtful_.size() >= most_doubtful) settle_doubtful();
    choose(base, least - between, essential);
    look_up(candidates_, essential);
  }

  // Frequent terms that alone could lift a document over the cut are added up too, rarest first.
  std::size_t take_essential(std::uint32_t base, double least) noexcept {
    std::size_t essential = first_grouped_;
    for (double frequent = least; frequent >= least && essential < cursors_.size(); ++essential) {
      bounds_.take_away(cursors_[essential].codes() + base / bound_width, cursors_[essential].bound());
      frequent = bounds_.largest();
    }
    return essential;
  }

  // Leaves out terms that together stay below `spare` in this window, the most frequent first;
  // returns what they may add.
  double leave(std::uint32_t base, std::uint64_t end, double spare, std::size_t& essential) {
    double between = 0;
    std::size_t first = essential;
    while (first > 0) {
      const double more = cursors_[first - 1].bound_within(base, end);
      if (between + more >= spare) break;
      between += more;
      --first;
    }
    if (first > 0 && !worth_leaving(first)) return 0;
    essential = first;
    return between;
  }

  // Looking documents up takes longer than adding them all, unless few are left to look up.
  bool worth_leaving(std::size_t essential) const noexcept {
    std::size_t added = 0, left = 0;
    for (std::size_t i = 0; i < first_grouped_; ++i)
      (i < essential ? added : left) += cursors_[i].size();
    return added * 8 < left;
  }

  // Adds up the bounds of the frequent terms; returns the largest sum.
  double sum_bounds(std::uint32_t base) noexcept {
    const std::size_t first = base / bound_width;
    const std::size_t groups = (documents_ + bound_width - 1) / bound_width;
    bounds_.clear(std::min<std::size_t>(window_size / bound_width, groups - first));
    for (const Cursor<Scoring>& cursor : grouped()) bounds_.add(cursor.codes() + first, cursor.bound());
    return bounds_.largest();
  }

  // The touched documents whose score with the bounds reaches `least`. Those that reach it with
  // half of the bounds come first: they raise the cut, and the others wait for that.
  void choose(std::uint32_t base, double least, std::size_t essential) {
    bounds_.set_needed(least);
    candidates_.clear();
    candidates_.reserve(window_size);
    doubtful_.reserve(window_size);
    const bool all_open = !segment_.live().present() && !allowed_.present();
    const auto needed = [&](std::uint32_t slot) { return bounds_.needed(slot); };
    window_.take_reaching(needed, [&](std::uint32_t slot, double score) {
      const double bound = least - bounds_.needed(slot);
      if (!all_open && !is_open(base + slot)) return;
      const bool waits = essential == first_grouped_ && score + bound / 2 < least;
      (waits ? doubtful_ : candidates_).put(base + slot, score, bound);
      if (waits) return;
      fetch(&segment_.ordinals()[base + slot]);
      for (const Cursor<Scoring>& cursor : cursors_.subspan(essential)) cursor.prefetch(base + slot);
    });
  }

  void look_up(Candidates& candidates, std::size_t essential) {
    if (candidates.size() == 0) return;
    if (essential < first_grouped_) candidates.sort();
    double least = cut();
    for (Cursor<Scoring>& cursor : cursors_.subspan(essential)) {
      cursor.look_up(candidates);
      if (essential >= first_grouped_) candidates.keep_reaching(least);
    }
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      if (candidates.score(i) < least) continue;
      offer(candidates.document(i), candidates.score(i));
      least = cut();
    }
  }

  void settle_doubtful() {
    if (doubtful_.size() == 0) return;
    doubtful_.keep_reaching(cut());
    look_up(doubtful_, first_grouped_);
    doubtful_.clear();
  }
};

}  // namespace mnemic
