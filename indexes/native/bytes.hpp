// Numbers as variable-length bytes, seven bits each, low bits first; the reader never runs over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace mnemic {

template <typename Bytes>
inline void put_vbyte(Bytes& out, std::uint64_t value) {
  for (; value >= 128; value >>= 7) out.push_back(static_cast<std::uint8_t>(value | 128));
  out.push_back(static_cast<std::uint8_t>(value));
}

template <typename T, typename Bytes>
inline void put_plain(Bytes& out, const T& value) {
  std::uint8_t raw[sizeof(T)];
  std::memcpy(raw, &value, sizeof(T));
  out.insert(out.end(), raw, raw + sizeof(T));
}

template <typename T>
inline T plain_at(const std::uint8_t* from) noexcept {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

// Reads forward; what would lie beyond the end makes it fail, and reads as 0 from then on.
class ByteReader {
 public:
  ByteReader(const std::uint8_t* begin, const std::uint8_t* end) noexcept : at_(begin), end_(end) {}
  explicit ByteReader(std::span<const std::uint8_t> bytes) noexcept
      : ByteReader(bytes.data(), bytes.data() + bytes.size()) {}

  bool failed() const noexcept { return failed_; }
  bool at_end() const noexcept { return at_ == end_; }
  const std::uint8_t* at() const noexcept { return at_; }
  std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }

  std::uint64_t vbyte() noexcept {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 63 && at_ != end_; shift += 7) {
      const std::uint8_t byte = *at_++;
      value |= std::uint64_t{byte & 127U} << shift;
      if (byte < 128) return value;
    }
    failed_ = true;
    return 0;
  }

  // The next bytes, or nullptr when there are not so many.
  const std::uint8_t* take(std::uint64_t count) noexcept {
    if (count > left()) {
      failed_ = true;
      return nullptr;
    }
    const std::uint8_t* const begin = at_;
    at_ += count;
    return begin;
  }

 private:
  const std::uint8_t* at_;
  const std::uint8_t* end_;
  bool failed_ = false;
};

}  // namespace mnemic
