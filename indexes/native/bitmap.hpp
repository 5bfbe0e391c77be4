// Packed bits over local documents 0..n-1, little bit order: bit i & 7 of byte i >> 3.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace mnemic {

static_assert(std::endian::native == std::endian::little, "files and bitmaps are little-endian");

// A view that may be absent; an absent bitmap has every bit set.
struct Bitmap {
  const std::uint8_t* bytes = nullptr;
  std::size_t size = 0;  // bytes

  bool present() const noexcept { return bytes != nullptr; }

  bool test(std::uint32_t document) const noexcept {
    return bytes == nullptr || (bytes[document >> 3] >> (document & 7) & 1) != 0;
  }

  // Bits 64 * index .. 64 * index + 63; those beyond the bitmap's last byte are 0.
  std::uint64_t word(std::size_t index) const noexcept {
    if (bytes == nullptr) return ~std::uint64_t{0};
    const std::size_t begin = index * 8;
    if (begin >= size) return 0;
    std::uint64_t bits = 0;
    std::memcpy(&bits, bytes + begin, size - begin < 8 ? size - begin : 8);
    return bits;
  }

  // Bytes that a bitmap over n documents has.
  static constexpr std::size_t bytes_for(std::size_t n) noexcept { return (n + 7) / 8; }

  // Set bits among the first n; O(n / 64).
  std::size_t count(std::size_t n) const noexcept {
    if (bytes == nullptr) return n;
    std::size_t total = 0;
    for (std::size_t i = 0; i * 64 < n; ++i) {
      std::uint64_t bits = word(i);
      if (n - i * 64 < 64) bits &= (std::uint64_t{1} << (n - i * 64)) - 1;
      total += static_cast<std::size_t>(std::popcount(bits));
    }
    return total;
  }
};

}  // namespace mnemic
