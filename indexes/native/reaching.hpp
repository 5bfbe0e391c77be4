// Which of many whole numbers of 16 bits are large enough: comparisons whose answers are bits, which
// compilers do not find by themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "processor.hpp"

#if defined(__GNUC__) && defined(__x86_64__)
#include <immintrin.h>
#endif

namespace mnemic {

// Numbers whose answers are one word of bits.
inline constexpr std::size_t line_size = 64;

// Numbers that share a limit.
inline constexpr std::size_t bound_width = 8;

// For each of up to 64 lines of 64 numbers, bit i: whether numbers[i] is at least limits[i / 8].
// The answer's bits say which lines have any.
inline std::uint64_t reaching_plain(const std::uint16_t* numbers, const std::uint16_t* limits,
                                    std::size_t lines, std::uint64_t* bits) noexcept {
  std::uint64_t any = 0;
  for (std::size_t line = 0; line < lines; ++line) {
    bits[line] = 0;
    for (std::size_t i = 0; i < line_size; ++i) {
      const std::size_t at = line * line_size + i;
      bits[line] |= std::uint64_t{numbers[at] >= limits[at / bound_width]} << i;
    }
    any |= std::uint64_t{bits[line] != 0} << line;
  }
  return any;
}

#if defined(__GNUC__) && defined(__x86_64__)
[[gnu::target("avx512bw")]] inline std::uint64_t reaching_avx512(const std::uint16_t* numbers,
                                                                 const std::uint16_t* limits,
                                                                 std::size_t lines,
                                                                 std::uint64_t* bits) noexcept {
  std::uint64_t any = 0;
  const __m512i each_eight = _mm512_set_epi64(
      0x0003000300030003, 0x0003000300030003, 0x0002000200020002, 0x0002000200020002,
      0x0001000100010001, 0x0001000100010001, 0, 0);
  for (std::size_t half = 0; half < 2 * lines; ++half) {
    long long four;
    std::memcpy(&four, limits + half * 4, sizeof(four));
    const __m512i limit = _mm512_permutexvar_epi16(each_eight, _mm512_set1_epi64(four));
    const std::uint32_t found =
        _mm512_cmpge_epu16_mask(_mm512_loadu_si512(numbers + half * 32), limit);
    std::memcpy(reinterpret_cast<char*>(bits) + half * sizeof(found), &found, sizeof(found));
    any |= std::uint64_t{found != 0} << (half / 2);
  }
  return any;
}

[[gnu::target("avx2")]] inline __m256i reaching_avx2(const std::uint16_t* numbers,
                                                     const std::uint16_t* limits) noexcept {
  int two;
  std::memcpy(&two, limits, sizeof(two));
  const __m256i each_eight = _mm256_set_epi64x(0x0302030203020302, 0x0302030203020302,
                                               0x0100010001000100, 0x0100010001000100);
  const __m256i limit = _mm256_shuffle_epi8(_mm256_set1_epi32(two), each_eight);
  const __m256i found = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(numbers));
  return _mm256_cmpeq_epi16(_mm256_max_epu16(found, limit), found);
}

[[gnu::target("avx2")]] inline std::uint64_t reaching_avx2(const std::uint16_t* numbers,
                                                           const std::uint16_t* limits,
                                                           std::size_t lines,
                                                           std::uint64_t* bits) noexcept {
  std::uint64_t any = 0;
  for (std::size_t half = 0; half < 2 * lines; ++half) {
    const __m256i low = reaching_avx2(numbers + half * 32, limits + half * 4);
    const __m256i high = reaching_avx2(numbers + half * 32 + 16, limits + half * 4 + 2);
    // Packing keeps the halves of both apart: the permutation puts them in order.
    const __m256i both = _mm256_permute4x64_epi64(_mm256_packs_epi16(low, high), 0xd8);
    const auto found = static_cast<std::uint32_t>(_mm256_movemask_epi8(both));
    std::memcpy(reinterpret_cast<char*>(bits) + half * sizeof(found), &found, sizeof(found));
    any |= std::uint64_t{found != 0} << (half / 2);
  }
  return any;
}
#endif

inline std::uint64_t reaching(const std::uint16_t* numbers, const std::uint16_t* limits,
                              std::size_t lines, std::uint64_t* bits) noexcept {
#if defined(__GNUC__) && defined(__x86_64__)
  switch (processor::best()) {
    case processor::Level::avx512: return reaching_avx512(numbers, limits, lines, bits);
    case processor::Level::avx2: return reaching_avx2(numbers, limits, lines, bits);
    default: break;
  }
#endif
  return reaching_plain(numbers, limits, lines, bits);
}

}  // namespace mnemic
