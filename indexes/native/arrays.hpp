// NumPy arrays as the kernels read them, and results given back without a copy.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <span>
#include <utility>
#include <vector>

namespace mnemic {

template <typename T, std::size_t dimensions = 1>
using Array = nanobind::ndarray<const T, nanobind::numpy, nanobind::ndim<dimensions>,
                                nanobind::c_contig, nanobind::device::cpu>;

template <typename T>
std::span<const T> span_of(const Array<T>& array) {
  return {array.data(), array.size()};
}

// Gives a vector to NumPy without a copy.
template <typename T, typename Allocator>
nanobind::object to_numpy(std::vector<T, Allocator>&& values) {
  using Owner = std::vector<T, Allocator>;
  auto* owner = new Owner(std::move(values));
  const nanobind::capsule capsule(owner, [](void* p) noexcept { delete static_cast<Owner*>(p); });
  return nanobind::cast(nanobind::ndarray<nanobind::numpy, T, nanobind::ndim<1>>(
      owner->data(), {owner->size()}, capsule));
}

}  // namespace mnemic
