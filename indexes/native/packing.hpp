// Blocks of 128 numbers packed to as many bits as the largest needs: four lanes side by side, so
// that one 128-bit operation packs or unpacks a row of four (the layout of SIMD-BP128: Lemire and
// Boytsov, "Decoding billions of integers per second through vectorization", 2015).
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace mnemic {

inline constexpr std::size_t block_size = 128;

// A block of `bits` wide numbers takes bits * 16 bytes.
inline constexpr std::size_t packed_unit = 16;

namespace packing {

using Row = std::uint32_t __attribute__((vector_size(16)));

inline Row load(const void* from) noexcept {
  Row row;
  std::memcpy(&row, from, sizeof row);
  return row;
}

inline void store(void* to, Row row) noexcept { std::memcpy(to, &row, sizeof row); }

template <unsigned bits>
void unpack(const std::uint8_t* in, std::uint32_t* out) noexcept {
  constexpr std::uint32_t mask = bits == 32 ? ~0U : (1U << (bits % 32)) - 1;
#pragma GCC unroll 32
  for (unsigned row = 0; row < 32; ++row) {
    const unsigned word = row * bits / 32, shift = row * bits % 32;
    Row values{};
    if constexpr (bits > 0) {
      values = load(in + word * 16) >> shift;
      if (shift + bits > 32) values |= load(in + (word + 1) * 16) << (32 - shift);
      values &= mask;
    }
    store(out + row * 4, values);
  }
}

template <unsigned bits>
void pack(const std::uint32_t* in, std::uint8_t* out) noexcept {
  std::memset(out, 0, bits * packed_unit);
#pragma GCC unroll 32
  for (unsigned row = 0; row < 32 && bits > 0; ++row) {
    const unsigned word = row * bits / 32, shift = row * bits % 32;
    const Row values = load(in + row * 4);
    store(out + word * 16, load(out + word * 16) | values << shift);
    if (shift + bits > 32) store(out + (word + 1) * 16, values >> (32 - shift));
  }
}

using Unpack = void (*)(const std::uint8_t*, std::uint32_t*) noexcept;
using Pack = void (*)(const std::uint32_t*, std::uint8_t*) noexcept;

template <unsigned... bits>
constexpr std::array<Unpack, sizeof...(bits)> unpackers(
    std::integer_sequence<unsigned, bits...>) noexcept {
  return {&unpack<bits>...};
}

template <unsigned... bits>
constexpr std::array<Pack, sizeof...(bits)> packers(
    std::integer_sequence<unsigned, bits...>) noexcept {
  return {&pack<bits>...};
}

inline constexpr auto all_unpackers = unpackers(std::make_integer_sequence<unsigned, 33>{});
inline constexpr auto all_packers = packers(std::make_integer_sequence<unsigned, 33>{});

}  // namespace packing

// Bits that the largest of 128 numbers needs, 0 to 32.
inline unsigned bits_for(const std::uint32_t* values) noexcept {
  std::uint32_t all = 0;
  for (std::size_t i = 0; i < block_size; ++i) all |= values[i];
  return static_cast<unsigned>(std::bit_width(all));
}

inline void pack_block(const std::uint32_t* values, unsigned bits, std::uint8_t* out) noexcept {
  packing::all_packers[bits](values, out);
}

inline void unpack_block(const std::uint8_t* in, unsigned bits, std::uint32_t* values) noexcept {
  packing::all_unpackers[bits](in, values);
}

// Gaps less 1 become numbers in place: each is the one before it, plus its gap, plus 1.
inline void add_gaps(std::uint32_t before, std::uint32_t* values) noexcept {
  using packing::Row;
  const Row zero{};
  Row last = zero + before;
  for (std::size_t i = 0; i < block_size; i += 4) {
    Row row = packing::load(values + i) + 1U;
    row += __builtin_shuffle(zero, row, Row{0, 4, 5, 6});
    row += __builtin_shuffle(zero, row, Row{0, 0, 4, 5});
    row += last;
    packing::store(values + i, row);
    last = __builtin_shuffle(row, Row{3, 3, 3, 3});
  }
}

// One number of a packed block, without unpacking the others.
inline std::uint32_t unpack_one(const std::uint8_t* in, unsigned bits, std::size_t index) noexcept {
  if (bits == 0) return 0;
  const std::size_t row = index / 4, lane = index % 4, place = row * bits;
  const std::size_t word = place / 32, shift = place % 32;
  std::uint32_t low;
  std::memcpy(&low, in + word * 16 + lane * 4, 4);
  std::uint64_t value = low >> shift;
  if (shift + bits > 32) {
    std::uint32_t high;
    std::memcpy(&high, in + (word + 1) * 16 + lane * 4, 4);
    value |= std::uint64_t{high} << (32 - shift);
  }
  return static_cast<std::uint32_t>(value & ((std::uint64_t{1} << bits) - 1));
}

}  // namespace mnemic
