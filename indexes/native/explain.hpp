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

inline std::optional<std::size_t> position_in(const PostingList& list, std::uint32_t document) {
  const std::uint32_t* const end = list.documents + list.size;
  const std::uint32_t* const found = std::lower_bound(list.documents, end, document);
  if (found == end || *found != document) return std::nullopt;
  return static_cast<std::size_t>(found - list.documents);
}

inline void score_part(const Scorer& scorer, const PostingList& list, std::size_t i, double norm,
                       TermPart& part) {
  if (scorer.variant == Variant::impact) {
    part.value = part.component = static_cast<double>(list.impacts[i]);
  } else {
    part.value = static_cast<double>(list.frequencies[i]);
    part.component = with_kernel(scorer, [&](auto kernel) { return kernel(part.value, norm); });
  }
  part.part = part.weight * part.idf * part.component;
}

inline Explained explain_in(const Snapshot& snapshot, std::size_t segment, std::uint32_t document,
                            const Scorer& scorer, const Plan& plan, const Search& search) {
  const Postings& postings = snapshot.segments()[segment]->postings();
  Explained result;
  result.length = postings.lengths()[document];
  const std::vector<QueryTerm> terms = plan.query(0);
  for (const QueryTerm& term : terms) {
    TermPart part{plan.name(term.term), plan.having(term.term), term.weight, plan.idf(term.term)};
    const std::uint32_t number = plan.in_segment(term.term, segment);
    if (number != absent) {
      const PostingList list = postings.list(number);
      if (const auto i = position_in(list, document)) {
        score_part(scorer, list, *i, search.norm(result.length), part);
        result.score += part.part;
        result.matches = true;
      }
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
