// Python's view of the substring core: conversions and the release of the GIL, nothing else.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include "arrays.hpp"
#include "suffix_array.hpp"

namespace nb = nanobind;

namespace {

using namespace mnemic;

template <typename Symbol>
nb::object suffixes(const Array<Symbol>& text, std::size_t symbols) {
  std::vector<std::int32_t> rows(text.size());
  {
    const nb::gil_scoped_release release;
    sort_suffixes<Symbol>(span_of(text), rows, symbols);
  }
  return to_numpy(std::move(rows));
}

}  // namespace

void bind_fm(nb::module_& module) {
  const char* doc = "The suffix array of a text of bytes, 16-bit or 32-bit symbols.";
  const auto text = nb::arg("text").noconvert();
  module.def("suffix_array", &suffixes<std::uint8_t>, text, nb::arg("symbols"), doc);
  module.def("suffix_array", &suffixes<std::uint16_t>, text, nb::arg("symbols"), doc);
  module.def("suffix_array", &suffixes<std::uint32_t>, text, nb::arg("symbols"), doc);
}
