// The weight of one posting, in double and in one fixed order of operations.
//
// BM25 and its variants as compared by Kamphuis et al., "Which BM25 Do You Mean?" (ECIR 2020),
// with the inverse document frequencies of bm25s (Robertson's is cut at 0).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace mnemic {

enum class Variant { lucene, robertson, atire, bm25l, bm25plus, impact };

struct Scorer {
  Variant variant = Variant::lucene;
  double k1 = 0;
  double b = 0;
  double delta = 0;
};

// Of the live documents of a whole snapshot.
struct Statistics {
  std::uint64_t documents = 0;
  std::uint64_t tokens = 0;

  // 1 where there is no token: no posting is scored then, but no division by 0 either.
  double average() const noexcept {
    return tokens == 0 ? 1.0 : static_cast<double>(tokens) / static_cast<double>(documents);
  }
};

inline double inverse_frequency(Variant variant, std::uint64_t documents, std::uint64_t having) {
  const auto n = static_cast<double>(documents), df = static_cast<double>(having);
  switch (variant) {
    case Variant::lucene: return std::log(1.0 + (n - df + 0.5) / (df + 0.5));
    case Variant::robertson: return std::log(std::max(1.0, (n - df + 0.5) / (df + 0.5)));
    case Variant::atire: return std::log(n / df);
    case Variant::bm25l: return std::log((n + 1.0) / (df + 0.5));
    case Variant::bm25plus: return std::log((n + 1.0) / df);
    case Variant::impact: break;
  }
  return 1.0;
}

// Length normalisation: linear in the length.
class Norms {
 public:
  Norms(const Scorer& scorer, double average) noexcept {
    const double scale = scorer.variant == Variant::bm25l ? 1.0 : scorer.k1;
    base_ = scale * (1.0 - scorer.b);
    slope_ = scale * scorer.b / average;
  }

  double operator()(std::uint32_t length) const noexcept {
    return base_ + slope_ * static_cast<double>(length);
  }

 private:
  double base_;
  double slope_;
};

// What a term that is absent from a document still adds, divided by its idf.
inline double absence(const Scorer& scorer) {
  if (scorer.variant == Variant::bm25plus) return scorer.delta;
  if (scorer.variant != Variant::bm25l || scorer.delta == 0) return 0;
  return (scorer.k1 + 1.0) * scorer.delta / (scorer.k1 + scorer.delta);
}

// A posting's frequency part, less what absence adds: the sum over all query terms of absence is
// added once per document instead.
template <Variant variant>
struct Frequency {
  Scorer scorer;
  double absent;

  explicit Frequency(const Scorer& given) : scorer(given), absent(absence(given)) {}

  double operator()(double tf, double norm) const noexcept {
    if constexpr (variant == Variant::atire || variant == Variant::bm25plus) {
      return tf * (scorer.k1 + 1.0) / (tf + norm);
    } else if constexpr (variant == Variant::bm25l) {
      const double c = tf / norm;
      return (scorer.k1 + 1.0) * (c + scorer.delta) / (scorer.k1 + c + scorer.delta) - absent;
    } else {
      return tf / (norm + tf);
    }
  }
};

// Calls visit(kernel) with the kernel of a BM25 variant.
template <typename Visit>
auto with_kernel(const Scorer& scorer, Visit visit) {
  switch (scorer.variant) {
    case Variant::atire: return visit(Frequency<Variant::atire>(scorer));
    case Variant::bm25l: return visit(Frequency<Variant::bm25l>(scorer));
    case Variant::bm25plus: return visit(Frequency<Variant::bm25plus>(scorer));
    default: return visit(Frequency<Variant::lucene>(scorer));
  }
}

}  // namespace mnemic
