// Makes what unpacked.hpp keeps: random access to frequent lists, and upper bounds.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "scoring.hpp"

namespace mnemic {

// Lists that fewer documents have are read as they are: a bit for each document does not pay.
inline constexpr std::size_t fewest_unpacked = 64;
inline constexpr std::size_t rarest_unpacked = 32;  // one document of so many

inline bool worth_unpacking(std::size_t size, std::size_t documents) noexcept {
  return size >= fewest_unpacked && size >= documents / rarest_unpacked;
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
    const std::size_t words = (documents_ + 63) / 64;
    made->words.assign(words, RankedBits{0, 0});
    std::vector<typename Scoring::Value> values;
    values.reserve(list_.size());
    each_part<Scoring>(list_, [&](std::size_t, const auto* documents, const auto* part, std::size_t n) {
      for (std::size_t i = 0; i < n; ++i)
        made->words[documents[i] >> 6].bits |= std::uint64_t{1} << (documents[i] & 63);
      values.insert(values.end(), part, part + n);
    });
    std::uint64_t rank = 0;
    for (RankedBits& word : made->words) {
      word.rank = rank;
      rank += static_cast<std::uint64_t>(std::popcount(word.bits));
    }
    keep(values, *made);
    return made;
  }

  // Bounds of each part; of a frequent list also of each 8 documents.
  template <typename Scoring>
  std::shared_ptr<const ListBounds> bound(const Scoring& scoring, const BoundKey& key,
                                          bool frequent) const {
    auto made = std::make_shared<ListBounds>();
    made->key = key;
    if (frequent || list_.blocks() == 0) {
      bound_documents(scoring, *made, frequent);
      return made;
    }
    ByteReader frontiers = list_.frontiers();
    for (std::size_t part = 0; part < list_.parts(); ++part)
      made->parts.push_back(rounded_up(scoring.next_bound(frontiers)));
    made->most = *std::max_element(made->parts.begin(), made->parts.end());
    return made;
  }

 private:
  const PackedList& list_;
  std::size_t documents_;

  static float rounded_up(double value) noexcept {
    const auto near = static_cast<float>(value);
    return static_cast<double>(near) < value ? std::nextafter(near, INFINITY) : near;
  }

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
  void bound_documents(const Scoring& scoring, ListBounds& made, bool codes) const {
    std::vector<double> bounds;  // of each posting
    bounds.reserve(list_.size());
    each_part<Scoring>(list_, [&](std::size_t, const auto* documents, const auto* values, std::size_t n) {
      double most = 0;
      for (std::size_t i = 0; i < n; ++i) {
        bounds.push_back(scoring.bound(documents[i], values[i]));
        most = std::max(most, bounds.back());
      }
      made.parts.push_back(rounded_up(most));
      made.most = std::max<double>(made.most, made.parts.back());
    });
    if (!codes) return;
    made.codes.assign((documents_ + bound_width - 1) / bound_width, 0);
    std::size_t next = 0;
    each_part<Scoring>(list_, [&](std::size_t, const auto* documents, const auto*, std::size_t n) {
      for (std::size_t i = 0; i < n; ++i) {
        std::uint8_t& code = made.codes[documents[i] / bound_width];
        code = std::max(code, code_of(bounds[next++], made.most));
      }
    });
  }

  // 1 to 255, rounded up: 0 says that no document has the term.
  static std::uint8_t code_of(double bound, double most) noexcept {
    const double share = most > 0 ? bound / most : 1;
    return static_cast<std::uint8_t>(std::clamp(std::ceil(share * 255), 1.0, 255.0));
  }
};

}  // namespace mnemic
