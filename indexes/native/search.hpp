// Exact top-k: term at a time within windows of documents whose accumulators fit the first cache.
// Live and allowed bitmaps decide in each window which documents can be offered at all.
//
// Seam for dynamic pruning: search_segment is the only function that walks lists; a pruning engine
// takes its place per query, with the same plan, kernels and collector.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "pool.hpp"
#include "query.hpp"
#include "score.hpp"
#include "topk.hpp"

namespace mnemic {

inline constexpr std::uint32_t window_size = 4096;

struct Cursor {
  PostingList list;
  std::size_t next;
  double factor;  // query weight * idf
};

struct Window {
  std::array<double, window_size> scores{};
  std::array<std::uint64_t, window_size / 64> seen{};
};

class SegmentSearch {
 public:
  SegmentSearch(const LivePostings& segment, Bitmap allowed, Window& window, TopK& top)
      : segment_(segment), allowed_(allowed), window_(window), top_(top) {}

  // score(list, i) is a posting's part before the factor; shift is added to every document.
  template <typename Score>
  void run(std::vector<Cursor>& cursors, double shift, Score score) {
    for (std::uint64_t first; (first = next_document(cursors)) != none;) {
      const auto base = static_cast<std::uint32_t>(first) & ~(window_size - 1);
      const std::uint64_t end = std::uint64_t{base} + window_size;
      if (window_is_closed(base)) {
        skip(cursors, end);
        continue;
      }
      for (Cursor& cursor : cursors) accumulate(cursor, base, end, score);
      offer(base, shift);
    }
  }

 private:
  static constexpr std::uint64_t none = ~std::uint64_t{0};

  const LivePostings& segment_;
  Bitmap allowed_;
  Window& window_;
  TopK& top_;

  static std::uint64_t next_document(const std::vector<Cursor>& cursors) noexcept {
    std::uint64_t first = none;
    for (const Cursor& cursor : cursors)
      if (cursor.next < cursor.list.size)
        first = std::min<std::uint64_t>(first, cursor.list.documents[cursor.next]);
    return first;
  }

  std::uint64_t open_documents(std::size_t word) const noexcept {
    return segment_.live().word(word) & allowed_.word(word);
  }

  bool window_is_closed(std::uint32_t base) const noexcept {
    if (!allowed_.present() && !segment_.live().present()) return false;
    std::uint64_t open = 0;
    for (std::size_t word = 0; word < window_size / 64; ++word)
      open |= open_documents(base / 64 + word);
    return open == 0;
  }

  static void skip(std::vector<Cursor>& cursors, std::uint64_t end) noexcept {
    for (Cursor& cursor : cursors) {
      const std::uint32_t* const begin = cursor.list.documents;
      const auto* const found =
          std::lower_bound(begin + cursor.next, begin + cursor.list.size, end,
                           [](std::uint32_t document, std::uint64_t limit) { return document < limit; });
      cursor.next = static_cast<std::size_t>(found - begin);
    }
  }

  template <typename Score>
  void accumulate(Cursor& cursor, std::uint32_t base, std::uint64_t end, const Score& score) {
    const PostingList& list = cursor.list;
    std::size_t i = cursor.next;
    for (; i < list.size && list.documents[i] < end; ++i) {
      const std::uint32_t slot = list.documents[i] - base;
      window_.scores[slot] += cursor.factor * score(list, i);
      window_.seen[slot >> 6] |= std::uint64_t{1} << (slot & 63);
    }
    cursor.next = i;
  }

  void offer(std::uint32_t base, double shift) {
    for (std::size_t word = 0; word < window_.seen.size(); ++word) {
      if (window_.seen[word] == 0) continue;
      const std::uint64_t open = open_documents(base / 64 + word);
      for (std::uint64_t bits = window_.seen[word]; bits != 0; bits &= bits - 1) {
        const auto bit = static_cast<std::uint32_t>(std::countr_zero(bits));
        double& score = window_.scores[word * 64 + bit];
        if ((open >> bit & 1) != 0)
          top_.offer(score + shift, segment_.ordinals()[base + word * 64 + bit]);
        score = 0;
      }
      window_.seen[word] = 0;
    }
  }
};

class Search {
 public:
  Search(const Snapshot& snapshot, const Scorer& scorer, const Plan& plan,
         std::span<const Bitmap> allowed)
      : snapshot_(snapshot),
        scorer_(scorer),
        plan_(plan),
        allowed_(allowed),
        norms_(scorer, snapshot.statistics(), snapshot.longest()) {}

  std::vector<Scored> query(std::size_t row, std::size_t k) const {
    const std::vector<QueryTerm> terms = plan_.query(row);
    TopK top(k);
    if (k == 0 || terms.empty()) return {};
    Window window;
    const double shift = absence_of_all(terms);
    for (std::size_t s = 0; s < snapshot_.segments().size(); ++s)
      search_segment(s, terms, shift, window, top);
    return top.take();
  }

  // The sum over the query's terms of what each adds to a document that has it not.
  double absence_of_all(std::span<const QueryTerm> terms) const {
    const double each = absence(scorer_);
    double sum = 0;
    for (const QueryTerm& term : terms) sum += term.weight * plan_.idf(term.term) * each;
    return sum;
  }

  double norm(std::uint32_t length) const noexcept { return norms_(length); }

 private:
  const Snapshot& snapshot_;
  const Scorer& scorer_;
  const Plan& plan_;
  std::span<const Bitmap> allowed_;
  Norms norms_;

  void search_segment(std::size_t s, std::span<const QueryTerm> terms, double shift, Window& window,
                      TopK& top) const {
    const LivePostings& segment = *snapshot_.segments()[s];
    std::vector<Cursor> cursors;
    for (const QueryTerm& term : terms) {
      const std::uint32_t number = plan_.in_segment(term.term, s);
      if (number == absent) continue;
      cursors.push_back(
          {segment.postings().list(number), 0, term.weight * plan_.idf(term.term)});
    }
    SegmentSearch search(segment, allowed_[s], window, top);
    if (scorer_.variant == Variant::impact) {
      search.run(cursors, shift, [](const PostingList& list, std::size_t i) {
        return static_cast<double>(list.impacts[i]);
      });
      return;
    }
    const std::span<const std::uint32_t> lengths = segment.postings().lengths();
    with_kernel(scorer_, [&](auto kernel) {
      search.run(cursors, shift, [&, kernel](const PostingList& list, std::size_t i) {
        return kernel(static_cast<double>(list.frequencies[i]), norms_(lengths[list.documents[i]]));
      });
    });
  }
};

// The ragged answer to a batch: row i owns [offsets[i], offsets[i + 1]).
struct Results {
  std::vector<double> scores;
  std::vector<std::int64_t> ordinals;
  std::vector<std::int64_t> offsets{0};
};

inline Results search_batch(const Search& search, std::size_t rows, std::size_t k,
                            std::size_t threads) {
  std::vector<std::vector<Scored>> found(rows);
  Pool::shared().run(rows, threads, [&](std::size_t row) { found[row] = search.query(row, k); });
  Results results;
  for (const std::vector<Scored>& hits : found) {
    for (const Scored& hit : hits) {
      results.scores.push_back(hit.score);
      results.ordinals.push_back(hit.ordinal);
    }
    results.offsets.push_back(static_cast<std::int64_t>(results.scores.size()));
  }
  return results;
}

}  // namespace mnemic
