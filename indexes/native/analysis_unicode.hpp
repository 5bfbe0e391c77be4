// Text of one, two or four bytes a character to UTF-8, and UTF-8 to characters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

namespace mnemic {

// A text as its owner holds it.
struct TextView {
  const void* characters;
  std::size_t length;  // characters
  std::uint8_t width;  // bytes a character
  bool ascii;
};

inline constexpr std::size_t no_place = std::numeric_limits<std::size_t>::max();

// The first byte from `at` on that is not ASCII, or the text's length.
inline std::size_t next_beyond_ascii(std::string_view text, std::size_t at) noexcept {
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t bytes;
    std::memcpy(&bytes, text.data() + at, 8);
    if ((bytes & 0x8080808080808080) != 0) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

inline char* put_character(char* to, std::uint32_t c) noexcept {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
  if (c < 0x80) {
    *to++ = byte(c);
  } else if (c < 0x800) {
    *to++ = byte(0xC0 | c >> 6);
    *to++ = byte(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    *to++ = byte(0xE0 | c >> 12);
    *to++ = byte(0x80 | (c >> 6 & 0x3F));
    *to++ = byte(0x80 | (c & 0x3F));
  } else {
    *to++ = byte(0xF0 | c >> 18);
    *to++ = byte(0x80 | (c >> 12 & 0x3F));
    *to++ = byte(0x80 | (c >> 6 & 0x3F));
    *to++ = byte(0x80 | (c & 0x3F));
  }
  return to;
}

// Writes characters as UTF-8 and says where the first lone surrogate stands, or `no_place`.
template <typename Character>
std::size_t encode(const Character* from, std::size_t length, std::string& to) {
  to.resize(length * (sizeof(Character) == 1 ? 2 : sizeof(Character) == 2 ? 3 : 4));
  char* end = to.data();
  for (std::size_t i = 0; i < length; ++i) {
    if (from[i] >= 0xD800 && from[i] <= 0xDFFF) return i;
    end = put_character(end, from[i]);
  }
  to.resize(static_cast<std::size_t>(end - to.data()));
  return no_place;
}

inline std::size_t encode(const TextView& text, std::string& to) {
  switch (text.width) {
    case 1: return encode(static_cast<const std::uint8_t*>(text.characters), text.length, to);
    case 2: return encode(static_cast<const std::uint16_t*>(text.characters), text.length, to);
    default: return encode(static_cast<const std::uint32_t*>(text.characters), text.length, to);
  }
}

struct Decoded {
  std::uint32_t character;
  std::size_t bytes;
};

// The character at a place of well-formed UTF-8 where one begins, which is not ASCII.
inline Decoded decode(const char* at) noexcept {
  const auto part = [at](int i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(at[i]));
  };
  if (part(0) < 0xE0) return {(part(0) & 0x1F) << 6 | (part(1) & 0x3F), 2};
  if (part(0) < 0xF0)
    return {(part(0) & 0x0F) << 12 | (part(1) & 0x3F) << 6 | (part(2) & 0x3F), 3};
  return {(part(0) & 0x07) << 18 | (part(1) & 0x3F) << 12 | (part(2) & 0x3F) << 6 |
              (part(3) & 0x3F),
          4};
}

}  // namespace mnemic
