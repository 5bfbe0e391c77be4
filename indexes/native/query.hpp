// A batch of queries made ready for a snapshot: terms looked up once, statistics joined, weights
// added up. Terms go in the order of their bytes, so a score depends neither on the order of a
// query's words nor on how the documents are split into segments.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "count.hpp"
#include "live.hpp"
#include "score.hpp"

namespace mnemic {

class Snapshot {
 public:
  explicit Snapshot(std::vector<const LivePostings*> segments) : segments_(std::move(segments)) {
    for (const LivePostings* segment : segments_) {
      statistics_.documents += segment->live_documents();
      statistics_.tokens += segment->live_tokens();
      longest_ = std::max(longest_, segment->postings().longest());
    }
  }

  std::span<const LivePostings* const> segments() const noexcept { return segments_; }
  const Statistics& statistics() const noexcept { return statistics_; }
  std::uint32_t longest() const noexcept { return longest_; }

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
  std::uint32_t longest_ = 0;
};

struct QueryTerm {
  std::uint32_t term;  // number in the plan
  double weight;       // occurrences, or the sum of their weights
};

class Plan {
 public:
  // `used` and `names` are parallel: the terms that occur in the batch, with their bytes.
  Plan(const Snapshot& snapshot, const Scorer& scorer, const Batch& batch,
       std::span<const std::uint32_t> used, std::span<const std::string_view> names)
      : batch_(batch), segments_(snapshot.segments().size()), used_(used), number_(used.size()) {
    for (const std::uint32_t index : order_terms(names)) {
      number_[index] = static_cast<std::uint32_t>(names_.size());
      names_.push_back(names[index]);
      resolve(snapshot, scorer, names[index]);
    }
  }

  // The row's terms that at least one live document has, in the order of their bytes.
  std::vector<QueryTerm> query(std::size_t row) const {
    std::vector<QueryTerm> terms;
    for (auto i = batch_.offsets[row]; i < batch_.offsets[row + 1]; ++i) {
      const auto token = static_cast<std::size_t>(i);
      const double weight = batch_.weighted ? static_cast<double>(batch_.weights[token]) : 1.0;
      if (weight == 0) continue;
      const std::uint32_t term = number(batch_.terms[token]);
      if (having_[term] > 0) terms.push_back({term, weight});
    }
    std::stable_sort(terms.begin(), terms.end(),
                     [](const QueryTerm& a, const QueryTerm& b) { return a.term < b.term; });
    std::size_t kept = 0;
    for (std::size_t i = 0; i < terms.size(); ++i)
      if (kept > 0 && terms[kept - 1].term == terms[i].term) terms[kept - 1].weight += terms[i].weight;
      else terms[kept++] = terms[i];
    terms.resize(kept);
    return terms;
  }

  // The term's number in a segment, or `absent`.
  std::uint32_t in_segment(std::uint32_t term, std::size_t segment) const noexcept {
    return found_[term * segments_ + segment];
  }

  std::string_view name(std::uint32_t term) const noexcept { return names_[term]; }
  std::uint64_t having(std::uint32_t term) const noexcept { return having_[term]; }
  double idf(std::uint32_t term) const noexcept { return idf_[term]; }

 private:
  const Batch& batch_;
  std::size_t segments_;
  std::span<const std::uint32_t> used_;
  std::vector<std::uint32_t> number_;    // of each used term, in the order of bytes
  std::vector<std::string_view> names_;  // from here on by that number
  std::vector<std::uint32_t> found_;     // [terms][segments]
  std::vector<std::uint64_t> having_;
  std::vector<double> idf_;

  std::uint32_t number(std::uint32_t vocabulary) const noexcept {
    const auto position = std::lower_bound(used_.begin(), used_.end(), vocabulary) - used_.begin();
    return number_[static_cast<std::size_t>(position)];
  }

  void resolve(const Snapshot& snapshot, const Scorer& scorer, std::string_view name) {
    std::uint64_t having = 0;
    for (const LivePostings* segment : snapshot.segments()) {
      const auto term = segment->postings().find(name);
      found_.push_back(term.value_or(absent));
      if (term) having += segment->frequency(*term);
    }
    having_.push_back(having);
    idf_.push_back(
        having == 0 ? 0 : inverse_frequency(scorer.variant, snapshot.statistics().documents, having));
  }
};

}  // namespace mnemic
