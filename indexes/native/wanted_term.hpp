// A term that is looked up, with zeros behind it: eight bytes can be read wherever it has one.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "bytes.hpp"

namespace mnemic {

class WantedTerm {
 public:
  static constexpr std::size_t longest = 32;

  // At most `longest` bytes.
  explicit WantedTerm(std::string_view term) noexcept : size_(term.size()) {
    std::copy_n(term.data(), size_, bytes_);
  }

  std::size_t size() const noexcept { return size_; }
  std::uint8_t operator[](std::size_t i) const noexcept { return bytes_[i]; }

  // How many bytes from `from` on are those of `other`: `size` bytes, with eight more to read.
  std::size_t matching(std::size_t from, const std::uint8_t* other,
                       std::size_t size) const noexcept {
    const std::size_t most = std::min(size, size_ - from);
    std::size_t same = 0;
    do {
      const std::uint64_t differ = plain_at<std::uint64_t>(bytes_ + from + same) ^
                                   plain_at<std::uint64_t>(other + same);
      if (differ != 0)
        return std::min(most, same + static_cast<std::size_t>(std::countr_zero(differ)) / 8);
      same += 8;
    } while (same < most);
    return most;
  }

 private:
  std::size_t size_;
  std::uint8_t bytes_[longest + 8] = {};
};

}  // namespace mnemic
