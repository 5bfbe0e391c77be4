// Where documents stand in a list that is unpacked by windows: a comparison of 32 places at once
// beats halving a window's few dozen postings, whose steps wait for each other.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "processor.hpp"
#include "unpacked.hpp"

#if defined(__GNUC__) && defined(__x86_64__)
#include <immintrin.h>
#endif

namespace mnemic {

// Readable beyond a list's last slot.
inline constexpr std::size_t slot_padding = 32;

struct SlotRange {
  const std::uint16_t* begin;
  std::size_t size;
};

// The place of `wanted` in a range of ascending slots, or at least its size.
inline std::size_t slot_plain(SlotRange range, std::uint16_t wanted) noexcept {
  const auto* const end = range.begin + range.size;
  const auto* const found = std::lower_bound(range.begin, end, wanted);
  return found != end && *found == wanted ? static_cast<std::size_t>(found - range.begin)
                                          : range.size;
}

#if defined(__GNUC__) && defined(__x86_64__)
[[gnu::target("avx512bw,bmi")]] inline std::size_t slot_avx512(SlotRange range,
                                                               std::uint16_t wanted) noexcept {
  const __m512i all = _mm512_set1_epi16(static_cast<short>(wanted));
  for (std::size_t i = 0; i < range.size; i += 32)
    if (const std::uint32_t bits = _mm512_cmpeq_epu16_mask(_mm512_loadu_si512(range.begin + i), all);
        bits != 0)
      return i + static_cast<std::size_t>(std::countr_zero(bits));
  return range.size;
}

[[gnu::target("avx2,bmi")]] inline std::size_t slot_avx2(SlotRange range,
                                                         std::uint16_t wanted) noexcept {
  const __m256i all = _mm256_set1_epi16(static_cast<short>(wanted));
  for (std::size_t i = 0; i < range.size; i += 16) {
    const auto* const slots = reinterpret_cast<const __m256i*>(range.begin + i);
    const __m256i same = _mm256_cmpeq_epi16(_mm256_loadu_si256(slots), all);
    if (const auto bits = static_cast<std::uint32_t>(_mm256_movemask_epi8(same)); bits != 0)
      return i + static_cast<std::size_t>(std::countr_zero(bits)) / 2;
  }
  return range.size;
}
#endif

inline std::size_t slot_of(processor::Level level, SlotRange range, std::uint16_t wanted) noexcept {
#if defined(__GNUC__) && defined(__x86_64__)
  if (level == processor::Level::avx512) return slot_avx512(range, wanted);
  if (level == processor::Level::avx2) return slot_avx2(range, wanted);
#endif
  static_cast<void>(level);
  return slot_plain(range, wanted);
}

}  // namespace mnemic
