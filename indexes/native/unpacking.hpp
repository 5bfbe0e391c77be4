// Makes what unpacked.hpp keeps: random access to lists, and upper bounds of their scores.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "reaching.hpp"
#include "scoring.hpp"
#include "slots.hpp"

namespace mnemic {

// A term is frequent if one document of so many has it: a byte for each document is then read
// faster than the postings.
inline constexpr std::size_t rarest_frequent = 12;

// Shorter lists are read as they are.
inline constexpr std::size_t fewest_unpacked = 64;

inline std::size_t windows_of(std::size_t documents) noexcept {
  return (documents + window_size - 1) / window_size;
}

inline bool is_frequent(std::size_t size, std::size_t documents) noexcept {
  return size >= documents / rarest_frequent;
}

// Whether a list that is asked for again is kept; of shorter ones the windows' starts would be larger
// than the postings.
inline bool worth_unpacking(std::size_t size, std::size_t documents) noexcept {
  return size >= std::max(fewest_unpacked, windows_of(documents));
}

// Visits each part of a list with its documents and values.
template <typename Scoring, typename Visit>
void each_part(const PackedList& list, Visit visit) {
  using Value = typename Scoring::Value;
  std::uint32_t documents[block_size];
  Value values[block_size];
  for (ListPlace place; place.part < list.parts(); list.advance(place)) {
    list.read(place, documents, values);
    visit(place.part, documents, values, list.part_size(place.part));
  }
}

class Unpacker {
 public:
  Unpacker(const PackedList& list, std::size_t documents) : list_(list), documents_(documents) {}

  template <typename Scoring>
  std::shared_ptr<const UnpackedList> unpack() const {
    auto made = std::make_shared<UnpackedList>();
    std::vector<std::uint32_t> all_documents;
    std::vector<typename Scoring::Value> all_values;
    all_documents.reserve(list_.size());
    all_values.reserve(list_.size());
    each_part<Scoring>(list_, [&](std::size_t, const auto* documents, const auto* values, std::size_t n) {
      all_documents.insert(all_documents.end(), documents, documents + n);
      all_values.insert(all_values.end(), values, values + n);
    });
    if (is_frequent(list_.size(), documents_)) rank_bits(all_documents, *made);
    else split(all_documents, *made);
    keep(all_values, *made);
    return made;
  }

  // Of an unpacked list the bounds of its postings or documents; else of the whole list alone.
  template <typename Scoring>
  std::shared_ptr<const ListBounds> bound(const Scoring& scoring, const BoundKey& key,
                                          const UnpackedList* unpacked) const {
    auto made = std::make_shared<ListBounds>();
    made->key = key;
    if (unpacked != nullptr || list_.blocks() == 0) {
      bound_postings(scoring, *made, unpacked);
      return made;
    }
    ByteReader frontiers = list_.frontiers();
    for (std::size_t part = 0; part < list_.parts(); ++part)
      made->most = std::max(made->most, rounded_up(scoring.next_bound(frontiers)));
    return made;
  }

 private:
  const PackedList& list_;
  std::size_t documents_;

  void rank_bits(const std::vector<std::uint32_t>& documents, UnpackedList& made) const {
    made.words.assign((documents_ + 63) / 64, RankedBits{0, 0});
    for (const std::uint32_t document : documents)
      made.words[document >> 6].bits |= std::uint64_t{1} << (document & 63);
    std::uint64_t rank = 0;
    for (RankedBits& word : made.words) {
      word.rank = rank;
      rank += static_cast<std::uint64_t>(std::popcount(word.bits));
    }
  }

  void split(const std::vector<std::uint32_t>& documents, UnpackedList& made) const {
    const std::size_t windows = windows_of(documents_);
    made.slots.assign(documents.size() + slot_padding, 0);
    made.starts.assign(windows + 1, 0);
    for (std::size_t i = 0; i < documents.size(); ++i) {
      made.slots[i] = static_cast<std::uint16_t>(documents[i] % window_size);
      ++made.starts[documents[i] / window_size + 1];
    }
    for (std::size_t w = 0; w < windows; ++w) made.starts[w + 1] += made.starts[w];
  }

  // The last bits may differ between a frontier's point and the posting that it stands for.
  static double rounded_up(double value) noexcept { return value * (1 + 1e-12); }

  static void keep(const std::vector<std::uint32_t>& values, UnpackedList& made) {
    if (*std::max_element(values.begin(), values.end()) > 255) return fill(values, made.wide);
    fill(values, made.small);
  }

  static void keep(const std::vector<float>& values, UnpackedList& made) {
    fill(values, made.impacts);
  }

  template <typename From, typename To>
  static void fill(const std::vector<From>& values, Large<To>& out) {
    out.resize(values.size() + 1);
    for (std::size_t i = 0; i < values.size(); ++i) out[i] = static_cast<To>(values[i]);
    out.back() = 0;
  }

  template <typename Scoring>
  void bound_postings(const Scoring& scoring, ListBounds& made, const UnpackedList* unpacked) const {
    std::vector<double> bounds;
    std::vector<std::uint32_t> all_documents;
    bounds.reserve(list_.size());
    all_documents.reserve(list_.size());
    each_part<Scoring>(list_, [&](std::size_t, const auto* documents, const auto* values, std::size_t n) {
      for (std::size_t i = 0; i < n; ++i) bounds.push_back(scoring.bound(documents[i], values[i]));
      all_documents.insert(all_documents.end(), documents, documents + n);
    });
    made.most = rounded_up(*std::max_element(bounds.begin(), bounds.end()));
    if (unpacked == nullptr) return;
    const bool frequent = unpacked->frequent();
    const std::size_t padded = (documents_ + line_size - 1) / line_size * line_size;
    made.codes.assign(frequent ? padded : bounds.size(), 0);
    for (std::size_t i = 0; i < bounds.size(); ++i)
      made.codes[frequent ? all_documents[i] : i] = code_of(bounds[i], made.most);
    if (!frequent) return;
    made.tops.assign(made.codes.size() / bound_width, 0);
    for (std::size_t i = 0; i < made.codes.size(); ++i)
      made.tops[i / bound_width] = std::max(made.tops[i / bound_width], made.codes[i]);
  }

  // 1 to 255, rounded up: 0 says that no document has the term.
  static std::uint8_t code_of(double bound, double most) noexcept {
    const double share = most > 0 ? bound / most : 1;
    return static_cast<std::uint8_t>(std::clamp(std::ceil(share * 255), 1.0, 255.0));
  }
};

}  // namespace mnemic
