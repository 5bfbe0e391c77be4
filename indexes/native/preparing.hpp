// Fetches what is kept unpacked of a list for one scorer, and makes what is worth it.
#pragma once

#include "postings.hpp"
#include "unpacking.hpp"

namespace mnemic {

// Fills `found.unpacked` for a list that has bounds at all; short lists are read whole instead.
template <typename Found>
void keep_unpacked(const Postings& postings, const ScoringFrame& frame, bool used_again,
                   Found& found) {
  if (found.list.size() < fewest_unpacked) return;
  const std::size_t documents = postings.document_count();
  Unpacked& kept = found.unpacked = postings.unpacked().find(found.number);
  const bool unpack = kept.list == nullptr && worth_unpacking(found.list.size(), documents) &&
                      (postings.unpacked().asked_again(found.number) || used_again);
  const bool bound = kept.bounds == nullptr || !(kept.bounds->key == frame.key);
  if (!unpack && !bound) return;
  const Unpacker unpacker(found.list, documents);
  with_scoring(frame, postings.lengths(), [&](const auto& scoring) {
    using Scoring = std::decay_t<decltype(scoring)>;
    if (unpack) kept.list = unpacker.template unpack<Scoring>();
    kept.bounds = unpacker.bound(scoring, frame.key, kept.list.get());
  });
  postings.unpacked().keep(found.number, kept, postings.posting_count());
}

}  // namespace mnemic
