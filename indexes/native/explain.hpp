// One document's score for one query, taken apart: the search's operations in the search's order.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "search.hpp"

namespace mnemic {

// One query term's part in the score; value is the frequency or impact, 0 when absent.
struct TermPart {
  std::string_view term;
  std::uint64_t having = 0;  // live documents that have it
  double weight = 0, idf = 0, value = 0, component = 0, part = 0;
};

struct Explained {
  std::vector<TermPart> parts;
  double shift = 0;  // what the variant adds to every document that matches
  double score = 0;
  std::uint32_t length = 0;
  bool matches = false;
};

// The document's value in a list: a frequency or an impact, 0 when it is not there.
template <typename Scoring>
double value_in(const PackedList& list, std::uint32_t document) {
  double value = 0;
  each_part<Scoring>(list, [&](std::size_t, const auto* documents, const auto* values, std::size_t n) {
    const auto* const found = std::lower_bound(documents, documents + n, document);
    if (found != documents + n && *found == document)
      value = static_cast<double>(values[found - documents]);
  });
  return value;
}

inline void score_part(const Scorer& scorer, const PackedList& list, std::uint32_t document,
                       double norm, TermPart& part) {
  if (scorer.variant == Variant::impact) {
    part.value = part.component = value_in<ImpactScoring>(list, document);
  } else {
    with_kernel(scorer, [&](auto kernel) {
      part.value = value_in<FrequencyScoring<decltype(kernel)>>(list, document);
      part.component = part.value > 0 ? kernel(part.value, norm) : 0;
    });
  }
  part.part = part.weight * part.idf * part.component;
}

inline Explained explain_in(const Snapshot& snapshot, std::size_t segment, std::uint32_t document,
                            const Scorer& scorer, const Plan& plan, const Search& search) {
  Explained result;
  result.length = snapshot.segments()[segment]->postings().lengths()[document];
  const Norms norms(scorer, snapshot.statistics().average());
  const std::vector<QueryTerm> terms = plan.query(0);
  for (const QueryTerm& term : terms) {
    TermPart part{plan.name(term.term), plan.having(term.term), term.weight, plan.idf(term.term)};
    const SegmentTerm& found = plan.in_segment(term.term, segment);
    if (found.present) score_part(scorer, found.list, document, norms(result.length), part);
    if (part.value > 0) {
      result.score += part.part;
      result.matches = true;
    }
    result.parts.push_back(part);
  }
  if (result.matches) result.shift = search.absence_of_all(terms);
  result.score += result.shift;
  return result;
}

inline Explained explain(const Snapshot& snapshot, const Scorer& scorer, const Plan& plan,
                         const Search& search, std::int64_t ordinal) {
  for (std::size_t s = 0; s < snapshot.segments().size(); ++s) {
    const LivePostings& segment = *snapshot.segments()[s];
    const auto local = segment.local(ordinal);
    if (local && segment.live().test(*local))
      return explain_in(snapshot, s, *local, scorer, plan, search);
  }
  throw NotFound("no live document has ordinal " + std::to_string(ordinal));
}

}  // namespace mnemic
