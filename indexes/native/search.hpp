// A batch of queries over a snapshot: exact, many queries at once over a pool of threads.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "pool.hpp"
#include "query.hpp"
#include "segment_search.hpp"

namespace mnemic {

// What one thread works with; kept between queries.
template <typename Scoring>
struct Workplace {
  using Value = typename Scoring::Value;

  SearchRoom room;
  std::vector<Cursor<Scoring>> cursors;
  std::vector<std::uint32_t> documents;
  std::vector<Value> values;
  std::vector<double> parts;

  // More than this is given back after a query.
  static constexpr std::size_t most_entries = 1 << 18;

  static Workplace& mine() {
    thread_local Workplace workplace;
    return workplace;
  }

  void make_room(std::size_t entries) {
    cursors.clear();
    if (documents.size() >= entries) return;
    documents.resize(entries);
    values.resize(entries);
    parts.resize(entries);
  }

  void give_back() {
    if (documents.size() <= most_entries && room.entries() <= most_entries) return;
    documents = {};
    values = {};
    parts = {};
    cursors = {};
    room = SearchRoom{};
  }
};

class Search {
 public:
  Search(const Snapshot& snapshot, const Scorer& scorer, const Plan& plan,
         std::span<const Bitmap> allowed)
      : snapshot_(snapshot),
        scorer_(scorer),
        plan_(plan),
        allowed_(allowed) {}

  std::vector<Scored> query(std::size_t row, std::size_t k) const {
    const std::vector<QueryTerm> terms = plan_.query(row);
    TopK top(k);
    if (k == 0 || terms.empty()) return {};
    const double shift = absence_of_all(terms);
    for (std::size_t s = 0; s < snapshot_.segments().size(); ++s)
      with_scoring(plan_.frame(), snapshot_.segments()[s]->postings().lengths(),
                   [&](const auto& scoring) { search_segment(s, terms, shift, scoring, top); });
    return top.take();
  }

  // The sum over the query's terms of what each adds to a document that has it not.
  double absence_of_all(std::span<const QueryTerm> terms) const {
    const double each = absence(scorer_);
    double sum = 0;
    for (const QueryTerm& term : terms) sum += term.weight * plan_.idf(term.term) * each;
    return sum;
  }

 private:
  const Snapshot& snapshot_;
  const Scorer& scorer_;
  const Plan& plan_;
  std::span<const Bitmap> allowed_;

  template <typename Scoring>
  void search_segment(std::size_t s, std::span<const QueryTerm> terms, double shift,
                      const Scoring& scoring, TopK& top) const {
    auto& place = Workplace<Scoring>::mine();
    std::size_t entries = 0;
    for (const QueryTerm& term : terms)
      if (const SegmentTerm& found = plan_.in_segment(term.term, s); found.present)
        entries += BlockRoom<typename Scoring::Value>::entries(found);
    place.make_room(entries);
    std::size_t begin = 0;
    for (const QueryTerm& term : terms) {
      const SegmentTerm& found = plan_.in_segment(term.term, s);
      if (!found.present) continue;
      place.cursors.push_back({found, term.weight * plan_.idf(term.term), scoring,
                               {place.documents.data() + begin, place.values.data() + begin,
                                place.parts.data() + begin}});
      begin += BlockRoom<typename Scoring::Value>::entries(found);
    }
    if (!place.cursors.empty()) {
      try {
        SegmentSearch<Scoring>(*snapshot_.segments()[s], allowed_[s], place.cursors, shift,
                               plan_.frame().ratio(), place.room, top)
            .run();
      } catch (...) {
        place.room = SearchRoom{};  // what was left in it must not reach the next query
        throw;
      }
    }
    place.give_back();
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
  results.offsets.reserve(rows + 1);
  for (const std::vector<Scored>& hits : found)
    results.offsets.push_back(results.offsets.back() + static_cast<std::int64_t>(hits.size()));
  results.scores.reserve(static_cast<std::size_t>(results.offsets.back()));
  results.ordinals.reserve(results.scores.capacity());
  for (const std::vector<Scored>& hits : found)
    for (const Scored& hit : hits) {
      results.scores.push_back(hit.score);
      results.ordinals.push_back(hit.ordinal);
    }
  return results;
}

}  // namespace mnemic
