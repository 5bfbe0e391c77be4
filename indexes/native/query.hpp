// A batch of queries made ready for a snapshot: terms looked up once, statistics joined, weights
// added up. A query's terms go from the rarest to the most frequent (among equals in the order of
// their bytes): so a score depends neither on the order of a query's words nor on how the documents
// are split into segments, and pruning can leave the most frequent ones to the end.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "count.hpp"
#include "live.hpp"
#include "pool.hpp"
#include "preparing.hpp"
#include "score.hpp"

namespace mnemic {

class Snapshot {
 public:
  explicit Snapshot(std::vector<const LivePostings*> segments) : segments_(std::move(segments)) {
    for (const LivePostings* segment : segments_) {
      statistics_.documents += segment->live_documents();
      statistics_.tokens += segment->live_tokens();
    }
  }

  std::span<const LivePostings* const> segments() const noexcept { return segments_; }
  const Statistics& statistics() const noexcept { return statistics_; }

  void check(const Scorer& scorer) const {
    for (const LivePostings* segment : segments_) {
      const Postings& postings = segment->postings();
      if (postings.document_count() == 0) continue;
      if (postings.has_impacts() == (scorer.variant == Variant::impact)) continue;
      throw InvalidInput(postings.has_impacts() ? "BM25 cannot score a segment of impacts"
                                                : "Impact cannot score a segment of frequencies",
                         "use the scorer that fits how the documents were given");
    }
  }

 private:
  std::vector<const LivePostings*> segments_;
  Statistics statistics_;
};

struct QueryTerm {
  std::uint32_t term;  // number in the plan
  double weight;       // occurrences, or the sum of their weights
};

// A term's list in one segment, with what is kept unpacked of it.
struct SegmentTerm {
  bool present = false;
  std::size_t number = 0;  // in the segment
  PackedList list;
  Unpacked unpacked;
};

class Plan {
 public:
  // `used` and `names` are parallel: the terms that occur in the batch, with their bytes.
  Plan(const Snapshot& snapshot, const Scorer& scorer, const Batch& batch,
       std::span<const std::uint32_t> used, std::span<const std::string_view> names,
       std::size_t threads)
      : batch_(batch),
        frame_(scoring_frame(scorer, snapshot.statistics())),
        segments_(snapshot.segments().size()),
        used_(used),
        number_(used.size()) {
    std::uint32_t next = 0;
    for (const std::uint32_t index : order_terms(names)) {
      number_[index] = next++;
      names_.push_back(names[index]);
    }
    number_tokens();
    found_.resize(names_.size() * segments_);
    having_.resize(names_.size());
    idf_.resize(names_.size());
    const std::size_t tasks = (names_.size() + terms_per_task - 1) / terms_per_task;
    Pool::shared().run(tasks, threads, [&](std::size_t task) {
      const std::size_t end = std::min(names_.size(), (task + 1) * terms_per_task);
      for (std::size_t t = task * terms_per_task; t < end; ++t) resolve(snapshot, t);
    });
  }

  // The row's terms that at least one live document has, from the rarest to the most frequent.
  std::vector<QueryTerm> query(std::size_t row) const {
    std::vector<QueryTerm> terms;
    for (auto i = batch_.offsets[row]; i < batch_.offsets[row + 1]; ++i) {
      const auto token = static_cast<std::size_t>(i);
      const double weight = batch_.weighted ? static_cast<double>(batch_.weights[token]) : 1.0;
      if (weight == 0) continue;
      const std::uint32_t term = tokens_[token];
      if (having_[term] > 0) terms.push_back({term, weight});
    }
    std::stable_sort(terms.begin(), terms.end(), [&](const QueryTerm& a, const QueryTerm& b) {
      return having_[a.term] != having_[b.term] ? having_[a.term] < having_[b.term]
                                                : a.term < b.term;
    });
    std::size_t kept = 0;
    for (std::size_t i = 0; i < terms.size(); ++i)
      if (kept > 0 && terms[kept - 1].term == terms[i].term) terms[kept - 1].weight += terms[i].weight;
      else terms[kept++] = terms[i];
    terms.resize(kept);
    return terms;
  }

  const SegmentTerm& in_segment(std::uint32_t term, std::size_t segment) const noexcept {
    return found_[term * segments_ + segment];
  }

  const ScoringFrame& frame() const noexcept { return frame_; }
  std::size_t rows() const noexcept { return batch_.rows(); }

  std::string_view name(std::uint32_t term) const noexcept { return names_[term]; }
  std::uint64_t having(std::uint32_t term) const noexcept { return having_[term]; }
  double idf(std::uint32_t term) const noexcept { return idf_[term]; }

 private:
  static constexpr std::size_t terms_per_task = 16;

  const Batch& batch_;
  ScoringFrame frame_;
  std::size_t segments_;
  std::span<const std::uint32_t> used_;
  std::vector<std::uint32_t> number_;    // of each used term, in the order of bytes
  std::vector<std::string_view> names_;  // from here on by that number
  std::vector<std::uint32_t> uses_;      // occurrences in the batch
  std::vector<std::uint32_t> tokens_;    // of each token of the batch its term's number
  std::vector<SegmentTerm> found_;       // [terms][segments]
  std::vector<std::uint64_t> having_;
  std::vector<double> idf_;

  // Each token's number, and how often each term occurs. Tokens without weight have no number.
  void number_tokens() {
    uses_.assign(names_.size(), 0);
    tokens_.assign(batch_.terms.size(), 0);
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (batch_.weighted && batch_.weights[i] == 0) continue;
      const auto place = std::lower_bound(used_.begin(), used_.end(), batch_.terms[i]);
      tokens_[i] = number_[static_cast<std::size_t>(place - used_.begin())];
      ++uses_[tokens_[i]];
    }
  }

  void resolve(const Snapshot& snapshot, std::size_t t) {
    std::uint64_t having = 0;
    for (std::size_t s = 0; s < segments_; ++s) {
      const LivePostings& segment = *snapshot.segments()[s];
      const auto list = segment.postings().find(names_[t]);
      if (!list) continue;
      SegmentTerm& found = found_[t * segments_ + s];
      found.present = true;
      found.number = list->term;
      found.list = list->list;
      having += segment.frequency(list->term, list->list);
      keep_unpacked(segment.postings(), frame_, uses_[t] > 1, found);
    }
    having_[t] = having;
    idf_[t] = having == 0
                  ? 0
                  : inverse_frequency(frame_.scorer.variant, snapshot.statistics().documents, having);
  }
};

}  // namespace mnemic
