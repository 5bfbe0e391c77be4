// One term's compressed postings, as bytes:
//
//   count                                    vbyte
//   when there are full blocks of 128:
//     units, frontier bytes                  vbyte each
//     skips      [blocks] x 6 bytes          last document, bits of a gap, bits of a frequency
//     frontiers  one for each block, one for the tail if there is one (impacts: a float each)
//     packed     for each block its gaps, then its frequencies less 1 (impacts: 128 floats)
//   the tail, fewer than 128 postings        gap and frequency as vbytes (impacts: gaps, floats)
//
// A gap is the distance to the document before it, less 1. Of a tail's gap the lowest bit says that
// the frequency is 1 and is not written.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "bytes.hpp"
#include "frontier.hpp"
#include "packing.hpp"
#include "processor.hpp"

namespace mnemic {

inline constexpr std::size_t skip_bytes = 6;
inline constexpr std::uint32_t impact_units = block_size * sizeof(float) / packed_unit;
inline constexpr std::uint32_t before_first = ~std::uint32_t{0};  // + 1 is document 0

// A part of a list: a block or the tail. Lists are read forwards, and so is the place found.
struct ListPlace {
  std::size_t part = 0;
  std::size_t unit = 0;  // where the block begins in the packed units
};

class PackedList {
 public:
  PackedList() = default;

  // Reads the list's frame; false when the bytes are not one. What the blocks hold is not looked at.
  bool parse(std::span<const std::uint8_t> bytes, bool impacts) noexcept {
    ByteReader in(bytes);
    const std::uint64_t count = in.vbyte();
    if (in.failed() || count == 0 || count > 0xffffffffU) return false;
    size_ = static_cast<std::uint32_t>(count);
    impacts_ = impacts;
    if (blocks() > 0) {
      const std::uint64_t units = in.vbyte();
      frontier_bytes_ = in.vbyte();
      skips_ = in.take(blocks() * skip_bytes);
      frontiers_ = in.take(frontier_bytes_);
      packed_ = units <= bytes.size() ? in.take(units * packed_unit) : nullptr;
      if (in.failed() || packed_ == nullptr) return false;
      units_ = units;
    }
    if (impacts && in.left() < tail_size() * sizeof(float)) return false;
    tail_ = in.at();
    end_ = bytes.data() + bytes.size();
    return true;
  }

  std::size_t size() const noexcept { return size_; }
  bool impacts() const noexcept { return impacts_; }
  std::size_t blocks() const noexcept { return size_ / block_size; }
  std::size_t tail_size() const noexcept { return size_ % block_size; }
  std::size_t parts() const noexcept { return blocks() + (tail_size() > 0 ? 1 : 0); }
  std::size_t part_size(std::size_t part) const noexcept {
    return part < blocks() ? block_size : tail_size();
  }

  std::uint32_t last(std::size_t block) const noexcept {
    return plain_at<std::uint32_t>(skips_ + block * skip_bytes);
  }
  unsigned gap_bits(std::size_t block) const noexcept { return skips_[block * skip_bytes + 4]; }
  unsigned value_bits(std::size_t block) const noexcept { return skips_[block * skip_bytes + 5]; }

  // Units that a block takes, and those of all blocks.
  std::size_t units(std::size_t block) const noexcept {
    return gap_bits(block) + (impacts_ ? impact_units : value_bits(block));
  }
  std::size_t units() const noexcept { return units_; }

  void advance(ListPlace& place) const noexcept {
    if (place.part < blocks()) place.unit += units(place.part);
    ++place.part;
  }

  // Asks for the block or tail after a place.
  void prefetch_after(const ListPlace& place) const noexcept {
    if (place.part >= blocks()) return;
    const std::uint8_t* const next = packed_ + (place.unit + units(place.part)) * packed_unit;
    for (std::size_t line = 0; line < 4; ++line) fetch(next + 64 * line);
  }

  // One frontier (or float, for impacts) for each part, in order; only lists with blocks have any.
  ByteReader frontiers() const noexcept { return {frontiers_, frontiers_ + frontier_bytes_}; }

  // The documents of a full block.
  void documents(const ListPlace& place, std::uint32_t* out) const noexcept {
    unpack_block(packed_at(place), gap_bits(place.part), out);
    add_gaps(place.part == 0 ? before_first : last(place.part - 1), out);
  }

  // The values of a full block: frequencies, or impacts.
  void values(const ListPlace& place, std::uint32_t* out) const noexcept {
    unpack_block(values_at(place), value_bits(place.part), out);
    for (std::size_t i = 0; i < block_size; ++i) ++out[i];
  }
  void values(const ListPlace& place, float* out) const noexcept {
    std::memcpy(out, values_at(place), block_size * sizeof(float));
  }

  // One value of a full block.
  void value(const ListPlace& place, std::size_t index, std::uint32_t& out) const noexcept {
    out = unpack_one(values_at(place), value_bits(place.part), index) + 1;
  }
  void value(const ListPlace& place, std::size_t index, float& out) const noexcept {
    out = plain_at<float>(values_at(place) + index * sizeof(float));
  }

  // Documents and values of a part; false when a tail's bytes are not what they must be.
  template <typename Value>
  bool read(const ListPlace& place, std::uint32_t* out, Value* out_values) const noexcept {
    if (place.part == blocks()) return tail(out, out_values);
    documents(place, out);
    values(place, out_values);
    return true;
  }

  // The tail's documents and frequencies; false when its bytes are not what they must be.
  bool tail(std::uint32_t* documents, std::uint32_t* frequencies) const noexcept {
    ByteReader in(tail_, end_);
    std::uint64_t document = blocks() == 0 ? 0 : std::uint64_t{last(blocks() - 1)} + 1;
    for (std::size_t i = 0; i < tail_size(); ++i) {
      const std::uint64_t gap = in.vbyte();
      document += gap >> 1;
      documents[i] = static_cast<std::uint32_t>(document++);
      const std::uint64_t frequency = (gap & 1) != 0 ? 1 : in.vbyte();
      frequencies[i] = static_cast<std::uint32_t>(frequency);
      if (document > 0xffffffffU || frequency == 0 || frequency > 0xffffffffU) return false;
    }
    return in.at_end() && !in.failed();
  }

  bool tail(std::uint32_t* documents, float* impacts) const noexcept {
    const std::uint8_t* const values = end_ - tail_size() * sizeof(float);
    ByteReader in(tail_, values);
    std::uint64_t document = blocks() == 0 ? 0 : std::uint64_t{last(blocks() - 1)} + 1;
    for (std::size_t i = 0; i < tail_size(); ++i) {
      document += in.vbyte();
      documents[i] = static_cast<std::uint32_t>(document++);
      if (document > 0xffffffffU) return false;
    }
    if (tail_size() > 0) std::memcpy(impacts, values, tail_size() * sizeof(float));
    return in.at_end() && !in.failed();
  }

 private:
  std::uint32_t size_ = 0;
  bool impacts_ = false;
  std::uint64_t units_ = 0;
  std::uint64_t frontier_bytes_ = 0;
  const std::uint8_t* skips_ = nullptr;
  const std::uint8_t* frontiers_ = nullptr;
  const std::uint8_t* packed_ = nullptr;
  const std::uint8_t* tail_ = nullptr;
  const std::uint8_t* end_ = nullptr;

  const std::uint8_t* packed_at(const ListPlace& place) const noexcept {
    return packed_ + place.unit * packed_unit;
  }
  const std::uint8_t* values_at(const ListPlace& place) const noexcept {
    return packed_at(place) + gap_bits(place.part) * packed_unit;
  }
};

}  // namespace mnemic
