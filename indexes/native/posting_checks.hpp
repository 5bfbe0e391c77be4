// Whether arrays are postings that a writer of ours makes: everything that a search relies on.
// One pass that decodes all lists; O(postings + documents).
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "postings.hpp"

namespace mnemic {

class PostingCheck {
 public:
  explicit PostingCheck(const Postings& postings)
      : postings_(postings), arrays_(postings.arrays()), sums_(postings.document_count(), 0) {}

  Postings::Counts run() {
    check_offsets(arrays_.dictionary.term_offsets, arrays_.dictionary.terms.size(), "term offsets");
    check_offsets(arrays_.dictionary.list_offsets, arrays_.lists.size(), "list offsets");
    require(arrays_.dictionary.term_offsets.size() == arrays_.dictionary.list_offsets.size(),
            "the dictionary and the lists differ in number");
    require(arrays_.lengths.size() <= max_documents, "more documents than can be numbered");
    check_lists();
    check_lengths();
    return counts_;
  }

 private:
  const Postings& postings_;
  const PostingArrays& arrays_;
  std::vector<std::uint64_t> sums_;  // of frequencies, by document
  Postings::Counts counts_;
  std::uint32_t documents_[block_size];
  std::uint32_t frequencies_[block_size];
  float impacts_[block_size];

  void require(bool condition, const char* what) const {
    if (!condition) throw IndexCorrupt(postings_.name() + ": " + what);
  }

  void check_offsets(std::span<const std::int64_t> offsets, std::size_t total,
                     const std::string& what) const {
    require(!offsets.empty() && offsets.front() == 0, (what + " do not begin with 0").c_str());
    require(static_cast<std::uint64_t>(offsets.back()) == total,
            (what + " do not end with what they count").c_str());
    bool ascending = true;
    for (std::size_t i = 1; i < offsets.size(); ++i) ascending &= offsets[i - 1] < offsets[i];
    require(ascending, (what + " are not ascending").c_str());
  }

  void check_lists() {
    DictionaryCursor cursor = postings_.walk();
    std::string before;
    std::size_t expected = 0;
    while (cursor.next()) {
      const TermEntry entry = cursor.entry();
      require(entry.number == counts_.terms, "a group of terms is not full");
      require(counts_.terms == 0 || before < cursor.term(), "the term dictionary is not sorted");
      require(entry.list_begin == expected, "a list does not begin where the one before it ends");
      check_list(postings_.bytes(entry));
      before = cursor.term();
      expected = entry.list_end;
      ++counts_.terms;
    }
    require(!cursor.failed() && expected == arrays_.lists.size(), "the dictionary is broken");
    require(counts_.terms < max_documents, "more terms than can be numbered");
  }

  void check_list(std::span<const std::uint8_t> bytes) {
    PackedList list;
    require(list.parse(bytes, arrays_.has_impacts), "a posting list is broken");
    check_skips(list);
    ByteReader frontiers = list.frontiers();
    std::uint64_t after = 0;  // the first document that may come next
    for (ListPlace place; place.part < list.parts(); list.advance(place)) {
      require(list.impacts() ? list.read(place, documents_, impacts_)
                             : list.read(place, documents_, frequencies_),
              "a block of postings is broken");
      after = check_documents(list, place.part, after);
      check_values(list.part_size(place.part));
      if (list.blocks() > 0) check_frontier(frontiers, list.part_size(place.part));
    }
    require(frontiers.at_end(), "frontiers and blocks differ in number");
    counts_.postings += list.size();
  }

  void check_skips(const PackedList& list) const {
    bool sound = true;
    std::size_t units = 0;
    for (std::size_t block = 0; block < list.blocks(); ++block) {
      sound &= list.gap_bits(block) <= 32 && list.value_bits(block) <= (list.impacts() ? 0U : 32U);
      units += list.units(block);
    }
    require(sound && units == list.units(), "the blocks of a posting list are not of its size");
  }

  std::uint64_t check_documents(const PackedList& list, std::size_t part, std::uint64_t after) const {
    const std::size_t size = list.part_size(part);
    bool sound = documents_[0] >= after;
    for (std::size_t i = 1; i < size; ++i) sound &= documents_[i - 1] < documents_[i];
    const std::uint32_t last = documents_[size - 1];
    if (part < list.blocks()) sound &= last == list.last(part);
    require(sound && last < postings_.document_count(),
            "a posting list is out of order or names a document that is not there");
    return std::uint64_t{last} + 1;
  }

  void check_values(std::size_t size) {
    bool sound = true;
    for (std::size_t i = 0; i < size; ++i) {
      if (arrays_.has_impacts)
        sound &= impacts_[i] > 0 && impacts_[i] <= std::numeric_limits<float>::max();
      else
        sound &= frequencies_[i] > 0;
      sums_[documents_[i]] += arrays_.has_impacts ? 1 : frequencies_[i];
    }
    require(sound, "a frequency or impact is not a positive finite number");
  }

  // A frontier that does not bound its block would lose documents.
  void check_frontier(ByteReader& frontiers, std::size_t size) const {
    if (arrays_.has_impacts) {
      const std::uint8_t* const most = frontiers.take(sizeof(float));
      require(most != nullptr && plain_at<float>(most) == *std::max_element(impacts_, impacts_ + size),
              "a block's largest impact is not in it");
      return;
    }
    FrontierPoint points[most_points];
    std::size_t count = 0;
    require(read_frontier(frontiers, [&](FrontierPoint point) { points[count++] = point; }),
            "a block's frontier is broken");
    bool bounded = true;
    for (std::size_t i = 0; i < size; ++i) {
      bool below = false;
      for (std::size_t p = 0; p < count; ++p)
        below |= points[p].frequency >= frequencies_[i] &&
                 points[p].length <= arrays_.lengths[documents_[i]];
      bounded &= below;
    }
    require(bounded, "a block's frontier does not bound it");
  }

  void check_lengths() {
    bool sound = true;
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      sound &= sums_[i] == arrays_.lengths[i];
      counts_.tokens += arrays_.lengths[i];
    }
    require(sound, "a document's length is not the sum of its frequencies");
  }
};

inline void check_postings(Postings& postings) {
  postings.set_checked(PostingCheck(postings).run());
}

}  // namespace mnemic
