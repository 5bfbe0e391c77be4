// Packed bits over local documents 0..n-1, little bit order: bit i & 7 of byte i >> 3.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "errors.hpp"

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

  // Refuses a bitmap that is not one over n documents; `name` is for the message.
  void check(std::size_t n, const char* name) const {
    if (bytes == nullptr || size == (n + 7) / 8) return;
    throw InvalidInput(std::string(name) + " bitmap has " + std::to_string(size) +
                       " bytes where " + std::to_string(n) + " documents need " +
                       std::to_string((n + 7) / 8));
  }
};

}  // namespace mnemic
