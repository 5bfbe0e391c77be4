// Where do rows of the suffix array stand in which document? Every rate-th position of each
// document is marked among the rows; between them one walks back. Each document also has the rows
// from which its text can be read.
//
// P. Ferragina and G. Manzini, Indexing compressed text, Journal of the ACM 52, 2005 (sampling by
// position, so that a walk is shorter than the rate). Positions count from the end of a document,
// for that is how it is stored; see fm_build.hpp. A file's content is not trusted.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "errors.hpp"
#include "huge.hpp"
#include "processor.hpp"
#include "row_set.hpp"

namespace mnemic {

// A document is read from rows this many symbols apart.
inline constexpr std::uint32_t chunk_length = 1024;

inline std::uint32_t samples_of(std::uint32_t length, std::uint32_t rate) noexcept {
  return (length + rate - 1) / rate;
}
inline std::uint32_t chunks_of(std::uint32_t length) noexcept {
  return 1 + (length == 0 ? 0 : (length - 1) / chunk_length);
}

struct SampleArrays {
  std::vector<std::uint32_t> lengths, document_samples, sample_documents, chunk_starts;
  Large<std::uint32_t> mark_starts, chunk_rows;
  Large<std::uint8_t> mark_lows;
  Large<std::uint64_t> mark_values;
};

// Numbers of a fixed width, one after the other.
struct Packed {
  static std::uint32_t width(std::uint32_t most) noexcept {
    return std::max(static_cast<std::uint32_t>(std::bit_width(most)), 1u);
  }
  static std::size_t words(std::size_t count, std::uint32_t width) noexcept {
    return (count * width + 63) / 64 + 1;  // one more, so that two words can always be read
  }
  static std::uint32_t get(const std::uint64_t* words, std::size_t at,
                           std::uint32_t width) noexcept {
    const std::size_t bit = at * width;
    const std::uint64_t low = words[bit / 64] >> (bit % 64);
    const std::uint64_t high = bit % 64 == 0 ? 0 : words[bit / 64 + 1] << (64 - bit % 64);
    return static_cast<std::uint32_t>((low | high) & ((std::uint64_t{1} << width) - 1));
  }
  static void put(std::uint64_t* words, std::size_t at, std::uint32_t width,
                  std::uint64_t value) noexcept {
    const std::size_t bit = at * width;
    words[bit / 64] |= value << (bit % 64);
    if (bit % 64 + width > 64) words[bit / 64 + 1] |= value >> (64 - bit % 64);
  }
};

// Which rows are low parts of marks: 256 rows share a start.
inline constexpr std::uint32_t mark_bits = 8;
inline constexpr std::uint32_t samples_per_entry = 64;  // of the directory from samples to documents

// Collects the samples while the rows go by in their order.
class SampleBuilder {
 public:
  SampleBuilder(std::vector<std::uint32_t> lengths, std::uint32_t rate, std::size_t rows)
      : rate_(rate), documents_(static_cast<std::uint32_t>(lengths.size())), sampled_(rows) {
    made_.lengths = std::move(lengths);
    place();
    made_.mark_starts.resize((rows + 255) / 256 + 1);
    made_.mark_lows.resize(total_);
    made_.mark_values.assign(Packed::words(total_, width_), 0);
    made_.chunk_rows.resize(made_.chunk_starts.back());
  }

  void prepare(std::uint32_t position) const noexcept { sampled_.prepare(position); }

  // A row and where its suffix begins.
  void visit(std::uint32_t row, std::uint32_t position) noexcept {
    if ((row & ((1u << mark_bits) - 1)) == 0) made_.mark_starts[row >> mark_bits] = marked_;
    // The first rows are those of the separators.
    if (row < documents_) {
      const auto found = std::lower_bound(separators_.begin(), separators_.end(), position);
      made_.chunk_rows[made_.chunk_starts[static_cast<std::size_t>(found - separators_.begin()) + 1] -
                       1] = row;
    } else if (sampled_.contains(position)) {
      const std::uint32_t sample = sampled_.rank(position);
      if (chunked_.contains(sample)) made_.chunk_rows[chunks_[chunked_.rank(sample)]] = row;
      Packed::put(made_.mark_values.data(), marked_, width_, sample);
      made_.mark_lows[marked_++] = static_cast<std::uint8_t>(row);
    }
  }

  SampleArrays finish() {
    made_.mark_starts.back() = marked_;
    return std::move(made_);
  }

 private:
  SampleArrays made_;
  std::uint32_t rate_, documents_, total_ = 0, width_ = 1, marked_ = 0;
  RowSet sampled_;  // positions of the text
  RowSet chunked_;  // samples at which a chunk begins
  std::vector<std::uint32_t> separators_, chunks_;

  void place() {
    made_.document_samples.push_back(0);
    made_.chunk_starts.push_back(0);
    std::uint32_t position = 0;
    std::vector<std::uint32_t> chunked;
    for (std::uint32_t document = 0; document < documents_; ++document) {
      const std::uint32_t length = made_.lengths[document];
      for (std::uint32_t at = 0; at < length; at += rate_, ++total_) {
        sampled_.insert(position + at);
        if (at == 0 || at % chunk_length != 0) continue;
        chunked.push_back(total_);
        chunks_.push_back(made_.chunk_starts.back() + at / chunk_length - 1);
      }
      separators_.push_back(position + length);
      made_.chunk_starts.push_back(made_.chunk_starts.back() + chunks_of(length));
      made_.document_samples.push_back(total_);
      while (made_.sample_documents.size() * samples_per_entry < total_)
        made_.sample_documents.push_back(document);
      position += length + 1;
    }
    made_.sample_documents.push_back(documents_);
    width_ = Packed::width(total_);
    sampled_.settle();
    chunked_ = RowSet(total_);
    for (const std::uint32_t sample : chunked) chunked_.insert(sample);
    chunked_.settle();
  }
};

// A view on the arrays.
class SuffixSamples {
 public:
  struct Place {
    std::uint32_t document = 0, position = 0;  // the position counts from the document's end
  };

  struct Views {
    std::span<const std::uint32_t> lengths, document_samples, sample_documents, chunk_starts,
        mark_starts, chunk_rows;
    std::span<const std::uint8_t> mark_lows;
    std::span<const std::uint64_t> mark_values;
  };

  SuffixSamples(const std::string& name, const Views& views, std::uint32_t rate, std::size_t rows)
      : views_(views), rate_(rate), rows_(static_cast<std::uint32_t>(rows)) {
    if (rate < 4 || rate > chunk_length || !std::has_single_bit(rate))
      refuse(name, "has no such sampling rate");
    check_documents(name);
    width_ = Packed::width(total_);
    if (views.mark_starts.size() != (rows + 255) / 256 + 1 || views.mark_lows.size() != total_ ||
        views.mark_values.size() != Packed::words(total_, width_))
      refuse(name, "has other samples than its documents need");
  }

  std::uint32_t documents() const noexcept {
    return static_cast<std::uint32_t>(views_.lengths.size());
  }
  std::uint32_t rate() const noexcept { return rate_; }
  std::uint32_t length(std::uint32_t document) const noexcept { return views_.lengths[document]; }

  // The row before which a document's text is read from its start, or from a later chunk: chunk i
  // begins length - i * chunk_length symbols after the start, the last one at the start.
  std::uint32_t chunk_row(std::uint32_t document, std::uint32_t chunk) const noexcept {
    return std::min(views_.chunk_rows[views_.chunk_starts[document] + chunk], rows_ - 1);
  }
  std::uint32_t chunks(std::uint32_t document) const noexcept {
    return views_.chunk_starts[document + 1] - views_.chunk_starts[document];
  }

  void prepare(std::uint32_t row) const noexcept {
    fetch(views_.mark_starts.data() + (row >> mark_bits));
  }
  void prepare_marks(std::uint32_t row) const noexcept {
    fetch(views_.mark_lows.data() + start(row >> mark_bits));
  }

  // The number of the row's mark, or -1.
  std::int64_t mark(std::uint32_t row) const noexcept {
    const std::uint32_t from = start(row >> mark_bits);
    // No more rows than share a start, whatever a damaged file says.
    const std::uint32_t to = std::min(start((row >> mark_bits) + 1), from + (1u << mark_bits));
    const auto low = static_cast<std::uint8_t>(row);
    for (std::uint32_t at = from; at < to; ++at)
      if (views_.mark_lows[at] == low) return at;
    return -1;
  }

  void prepare_value(std::int64_t mark) const noexcept {
    fetch(views_.mark_values.data() + static_cast<std::size_t>(mark) * width_ / 64);
  }

  // Where a marked row stands.
  Place place(std::int64_t mark) const noexcept {
    const std::uint32_t value = std::min(
        Packed::get(views_.mark_values.data(), static_cast<std::size_t>(mark), width_), total_ - 1);
    const auto& starts = views_.document_samples;
    const std::size_t entry = value / samples_per_entry;
    const std::size_t from = std::min<std::size_t>(views_.sample_documents[entry], documents());
    const std::size_t to =
        std::min<std::size_t>(views_.sample_documents[entry + 1], documents() - 1) + 1;
    const auto begin = starts.begin() + static_cast<std::ptrdiff_t>(std::min(from, to));
    const auto found = std::upper_bound(begin, starts.begin() + static_cast<std::ptrdiff_t>(to),
                                        value);
    const std::ptrdiff_t document = std::max<std::ptrdiff_t>(found - starts.begin() - 1, 0);
    const std::uint32_t before = starts[static_cast<std::size_t>(document)];
    return {static_cast<std::uint32_t>(document), (value - std::min(before, value)) * rate_};
  }

 private:
  Views views_;
  std::uint32_t rate_, rows_, total_ = 0, width_ = 1;

  [[noreturn]] static void refuse(const std::string& name, const char* what) {
    throw IndexCorrupt(name + ": " + what);
  }

  std::uint32_t start(std::uint32_t bucket) const noexcept {
    return std::min(views_.mark_starts[bucket], total_);
  }

  void check_documents(const std::string& name) {
    const std::size_t n = views_.lengths.size();
    if (views_.document_samples.size() != n + 1 || views_.chunk_starts.size() != n + 1)
      refuse(name, "has other documents than samples");
    std::uint64_t samples = 0, chunks = 0, symbols = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if (views_.document_samples[i] != samples || views_.chunk_starts[i] != chunks)
        refuse(name, "has samples that do not follow from its documents");
      samples += samples_of(views_.lengths[i], rate_);
      chunks += chunks_of(views_.lengths[i]);
      symbols += std::uint64_t{views_.lengths[i]} + 1;
    }
    if (views_.document_samples[n] != samples || views_.chunk_starts[n] != chunks ||
        views_.chunk_rows.size() != chunks || symbols != rows_)
      refuse(name, "has another number of symbols than its documents");
    if (views_.sample_documents.size() != (samples + samples_per_entry - 1) / samples_per_entry + 1)
      refuse(name, "has another directory of samples than they need");
    total_ = static_cast<std::uint32_t>(samples);
  }
};

}  // namespace mnemic
