// Compresses one term's postings to the bytes that packed_list.hpp reads.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "packed_list.hpp"

namespace mnemic {

class ListWriter {
 public:
  // `lengths` are those of all documents: frontiers are made of them.
  explicit ListWriter(std::span<const std::uint32_t> lengths) : lengths_(lengths) {}

  // Appends a list; `documents` ascend, and the values are frequencies (uint32) or impacts (float).
  template <typename Value>
  void append(std::span<const std::uint32_t> documents, std::span<const Value> values,
              std::vector<std::uint8_t>& out) {
    put_vbyte(out, documents.size());
    skips_.clear(), frontiers_.clear(), packed_.clear();
    previous_ = before_first;
    const std::size_t blocks = documents.size() / block_size, full = blocks * block_size;
    for (std::size_t i = 0; i < full; i += block_size)
      append_block(documents.data() + i, values.data() + i);
    const auto tail = documents.subspan(full);
    const auto tail_values = values.subspan(full);
    if (blocks > 0) {
      if (!tail.empty()) put_bound(tail.data(), tail_values.data(), tail.size());
      put_vbyte(out, packed_.size() / packed_unit);
      put_vbyte(out, frontiers_.size());
      for (const auto* bytes : {&skips_, &frontiers_, &packed_})
        out.insert(out.end(), bytes->begin(), bytes->end());
    }
    append_tail(tail, tail_values, out);
  }

 private:
  std::span<const std::uint32_t> lengths_;
  std::vector<std::uint8_t> skips_, frontiers_, packed_;
  Frontier frontier_;
  std::uint32_t previous_ = before_first;

  template <typename Value>
  void append_block(const std::uint32_t* documents, const Value* values) {
    std::uint32_t gaps[block_size];
    for (std::size_t i = 0; i < block_size; ++i) {
      gaps[i] = documents[i] - previous_ - 1;
      previous_ = documents[i];
    }
    const unsigned gap_bits = put_packed(gaps);
    const unsigned value_bits = put_values(values);
    put_plain(skips_, previous_);
    skips_.push_back(static_cast<std::uint8_t>(gap_bits));
    skips_.push_back(static_cast<std::uint8_t>(value_bits));
    put_bound(documents, values, block_size);
  }

  unsigned put_packed(const std::uint32_t* values) {
    const unsigned bits = bits_for(values);
    const std::size_t begin = packed_.size();
    packed_.resize(begin + bits * packed_unit);
    pack_block(values, bits, packed_.data() + begin);
    return bits;
  }

  unsigned put_values(const std::uint32_t* frequencies) {
    std::uint32_t less[block_size];
    for (std::size_t i = 0; i < block_size; ++i) less[i] = frequencies[i] - 1;
    return put_packed(less);
  }

  unsigned put_values(const float* impacts) {
    for (std::size_t i = 0; i < block_size; ++i) put_plain(packed_, impacts[i]);
    return 0;
  }

  void put_bound(const std::uint32_t* documents, const std::uint32_t* frequencies, std::size_t n) {
    frontier_.clear();
    for (std::size_t i = 0; i < n; ++i) frontier_.add(frequencies[i], lengths_[documents[i]]);
    put_frontier(frontiers_, frontier_.points());
  }

  void put_bound(const std::uint32_t*, const float* impacts, std::size_t n) {
    put_plain(frontiers_, *std::max_element(impacts, impacts + n));
  }

  void append_tail(std::span<const std::uint32_t> documents,
                   std::span<const std::uint32_t> frequencies, std::vector<std::uint8_t>& out) {
    for (std::size_t i = 0; i < documents.size(); ++i) {
      const std::uint64_t gap = documents[i] - previous_ - 1;
      put_vbyte(out, gap << 1 | (frequencies[i] == 1 ? 1U : 0U));
      if (frequencies[i] != 1) put_vbyte(out, frequencies[i]);
      previous_ = documents[i];
    }
  }

  void append_tail(std::span<const std::uint32_t> documents, std::span<const float> impacts,
                   std::vector<std::uint8_t>& out) {
    for (const std::uint32_t document : documents) {
      put_vbyte(out, std::uint32_t{document - previous_ - 1});
      previous_ = document;
    }
    for (const float impact : impacts) put_plain(out, impact);
  }
};

}  // namespace mnemic
