// How often does a symbol of a small alphabet occur before a row? A 4-ary Huffman-shaped wavelet
// tree: one cache line a level, 2.4 levels for English bytes.
//
// F. Claude, G. Navarro and A. Ordonez, The wavelet matrix, Information Systems 47, 2015 (shape by
// entropy); M. Ceregini, F. Kurpicz and R. Venturini, Faster wavelet tree queries, DCC 2024 (four
// branches). A line holds four 16-bit counts and 224 digits in two planes; every 256 lines of a
// node there are four 32-bit counts. A file's content is not trusted: whatever stands in the lines,
// rows stay within their node.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "errors.hpp"
#include "processor.hpp"
#include "quad_builder.hpp"

namespace mnemic {

// A view on the arrays of a tree over rows 0 .. n-1, with symbols 0 .. k.
class QuadTree {
 public:
  // 256 bytes and the separator.
  static constexpr std::size_t most_nodes = 257;

  struct Step {
    std::uint32_t line = 0, super = 0, size = 0, digit = 0;
  };

  // One symbol appended to a range of rows, a level a visit.
  struct Extension {
    const Step* step = nullptr;
    const Step* last = nullptr;
    std::uint32_t lo = 0, hi = 0, first = 0, end = 0;
  };

  // One step back from a row: the symbol before it, and its row.
  struct Walk {
    std::uint32_t node = 0, row = 0, symbol = 0;
  };

  QuadTree(const std::string& name, std::span<const std::uint8_t> lines,
           std::span<const std::uint32_t> supers, std::span<const std::uint32_t> sizes,
           std::span<const std::uint32_t> path_starts, std::span<const std::uint16_t> path_steps,
           std::span<const std::uint32_t> symbol_starts)
      : lines_(reinterpret_cast<const QuadLine*>(lines.data())), supers_(supers.data()),
        symbol_starts_(symbol_starts) {
    place(name, sizes, lines.size(), supers.size());
    branch(name, path_starts, path_steps);
  }

  void begin(Extension& lane, std::uint32_t symbol, std::uint32_t lo,
             std::uint32_t hi) const noexcept {
    lane.step = steps_.data() + path_starts_[symbol];
    lane.last = steps_.data() + path_starts_[symbol + 1] - 1;
    lane.lo = lo;
    lane.hi = hi;
    lane.first = symbol_starts_[symbol];
    lane.end = symbol_starts_[symbol + 1];
    fetch(line(*lane.step, lo));
    fetch(line(*lane.step, hi));
  }

  // Whether the extension is done; lo and hi are then its rows.
  bool advance(Extension& lane) const noexcept {
    lane.lo = rank(*lane.step, lane.lo);
    lane.hi = rank(*lane.step, lane.hi);
    if (lane.lo >= lane.hi) {
      lane.lo = lane.hi = lane.first;
      return true;
    }
    if (lane.step == lane.last) {
      lane.lo = std::min(lane.first + lane.lo, lane.end);
      lane.hi = std::min(lane.first + lane.hi, lane.end);
      return true;
    }
    ++lane.step;
    // Only a damaged file has ranks beyond the next node.
    lane.lo = std::min(lane.lo, lane.step->size);
    lane.hi = std::min(lane.hi, lane.step->size);
    fetch(line(*lane.step, lane.lo));
    fetch(line(*lane.step, lane.hi));
    return false;
  }

  void begin(Walk& walk, std::uint32_t row) const noexcept {
    walk.node = 0;
    walk.row = row;
    fetch(lines_ + nodes_[0].step.line + row / QuadLine::digits);
  }

  // Whether the walk is done; symbol and row are then those before. Symbol 0 leads nowhere.
  bool advance(Walk& walk) const noexcept {
    const Node& node = nodes_[walk.node];
    Step step = node.step;
    step.digit = line(step, walk.row)->digit(walk.row % QuadLine::digits);
    walk.row = rank(step, walk.row);
    const std::int32_t child = node.children[step.digit];
    if (child < 0) {
      walk.symbol = static_cast<std::uint32_t>(~child);
      const std::uint32_t end = symbol_starts_[walk.symbol + 1];
      walk.row = std::min(symbol_starts_[walk.symbol] + walk.row, end - 1);
      return true;
    }
    walk.node = static_cast<std::uint32_t>(child);
    walk.row = std::min(walk.row, nodes_[walk.node].step.size - 1);
    fetch(lines_ + nodes_[walk.node].step.line + walk.row / QuadLine::digits);
    return false;
  }

  // Calls visit(symbol, lo, hi) for every symbol before the rows lo .. hi-1, with its own rows.
  template <typename Visit>
  void each_symbol(std::uint32_t lo, std::uint32_t hi, Visit visit) const {
    struct Waiting {
      std::uint32_t node, lo, hi;
    };
    // Never more than the tree has nodes. Not by recursion, which no compiler inlines: it would be
    // compiled without the processor's wide instructions.
    Waiting stack[most_nodes];
    std::size_t waiting = 0;
    if (lo < hi) stack[waiting++] = {0, lo, hi};
    while (waiting > 0) {
      const Waiting at = stack[--waiting];
      each_branch(at.node, at.lo, at.hi, [&](std::int32_t child, std::uint32_t from,
                                             std::uint32_t to) {
        if (child >= 0) stack[waiting++] = {static_cast<std::uint32_t>(child), from, to};
        else visit(static_cast<std::uint32_t>(~child), from, to);
      });
    }
  }

  void prepare(std::uint32_t lo, std::uint32_t hi) const noexcept {
    if (nodes_.empty()) return;
    fetch(line(nodes_[0].step, lo));
    fetch(line(nodes_[0].step, hi));
  }

 private:
  struct Node {
    Step step;
    std::array<std::int32_t, 4> children{};  // nodes, or complements of symbols
  };

  // A branch that only a damaged line takes: symbol 0, which leads nowhere.
  static constexpr std::int32_t unset = ~0;

  const QuadLine* lines_;
  const std::uint32_t* supers_;
  std::span<const std::uint32_t> symbol_starts_;
  std::vector<Node> nodes_;
  std::vector<Step> steps_;
  std::vector<std::uint32_t> path_starts_;

  const QuadLine* line(const Step& step, std::uint32_t row) const noexcept {
    return lines_ + step.line + row / QuadLine::digits;
  }

  std::uint32_t rank(const Step& step, std::uint32_t row) const noexcept {
    const std::uint32_t number = row / QuadLine::digits;
    const QuadLine& here = lines_[step.line + number];
    const std::uint32_t* super = supers_ + (step.super + number / QuadBuilder::lines_per_super) * 4;
    return super[step.digit] + here.counts[step.digit] +
           here.rank(step.digit, row % QuadLine::digits);
  }

  // Calls visit(child, lo, hi) for every branch that the rows take, with their rows in the child.
  template <typename Visit>
  void each_branch(std::uint32_t number, std::uint32_t lo, std::uint32_t hi, Visit visit) const {
    const Node& node = nodes_[number];
    Step step = node.step;
    for (step.digit = 0; step.digit < 4; ++step.digit) {
      const std::uint32_t from = rank(step, lo), to = rank(step, hi);
      if (from >= to) continue;
      const std::int32_t child = node.children[step.digit];
      if (child >= 0) {
        const std::uint32_t most = nodes_[static_cast<std::size_t>(child)].step.size;
        visit(child, std::min(from, most), std::min(to, most));
      } else {
        const auto symbol = static_cast<std::size_t>(~child);
        const std::uint32_t first = symbol_starts_[symbol], end = symbol_starts_[symbol + 1];
        visit(child, std::min(first + from, end), std::min(first + to, end));
      }
    }
  }

  [[noreturn]] static void refuse(const std::string& name, const char* what) {
    throw IndexCorrupt(name + ": " + what);
  }

  void place(const std::string& name, std::span<const std::uint32_t> sizes, std::size_t bytes,
             std::size_t supers) {
    std::size_t line = 0, super = 0;
    // Every node has two branches at least, but for the only one of one symbol.
    if (sizes.size() > std::min(symbol_starts_.size() - 1, most_nodes))
      refuse(name, "the wavelet tree has too many nodes");
    for (const std::uint32_t size : sizes) {
      if (size == 0) refuse(name, "a node of the wavelet tree is empty");
      Node node;
      node.step = {static_cast<std::uint32_t>(line), static_cast<std::uint32_t>(super), size, 0};
      node.children.fill(unset);
      nodes_.push_back(node);
      line += QuadBuilder::lines_of(size);
      super += QuadBuilder::supers_of(size);
    }
    if (line * sizeof(QuadLine) != bytes || super * 4 != supers)
      refuse(name, "the wavelet tree has another size than its nodes");
    if (symbol_starts_.back() != (sizes.empty() ? 0 : sizes[0]))
      refuse(name, "the wavelet tree has another number of rows than its symbols");
  }

  void branch(const std::string& name, std::span<const std::uint32_t> starts,
              std::span<const std::uint16_t> steps) {
    const std::size_t symbols = symbol_starts_.size() - 1;
    if (starts.size() != symbols + 1 || starts[0] != 0 || starts[symbols] != steps.size())
      refuse(name, "the wavelet tree has another number of paths than symbols");
    path_starts_.assign(starts.begin(), starts.end());
    if (nodes_.empty()) return;  // no document, so no symbol has a path
    for (std::size_t symbol = 0; symbol < symbols; ++symbol) {
      if (starts[symbol] >= starts[symbol + 1] || starts[symbol + 1] > steps.size())
        refuse(name, "a symbol has no path in the wavelet tree");
      add_path(name, symbol, steps.subspan(starts[symbol], starts[symbol + 1] - starts[symbol]));
    }
    check_parents(name);
  }

  // A node below two others would make visits of all symbols endless.
  void check_parents(const std::string& name) const {
    std::vector<bool> seen(nodes_.size());
    for (const Node& node : nodes_)
      for (const std::int32_t child : node.children) {
        if (child < 0) continue;
        if (seen[static_cast<std::size_t>(child)]) refuse(name, "a wavelet tree is no tree");
        seen[static_cast<std::size_t>(child)] = true;
      }
  }

  void add_path(const std::string& name, std::size_t symbol,
                std::span<const std::uint16_t> path) {
    for (std::size_t level = 0; level < path.size(); ++level) {
      const std::size_t number = path[level] >> 2;
      const bool known = number < nodes_.size() && (level > 0 || number == 0);
      // A child has a higher number than its node, so no damage makes a walk go round.
      if (!known || (level > 0 && number <= (path[level - 1] >> 2)))
        refuse(name, "a path of the wavelet tree leads outside of it");
      Step step = nodes_[number].step;
      step.digit = path[level] & 3;
      const bool leaf = level + 1 == path.size();
      const std::int32_t child = leaf ? ~static_cast<std::int32_t>(symbol)
                                      : static_cast<std::int32_t>(path[level + 1] >> 2);
      std::int32_t& slot = nodes_[number].children[step.digit];
      if (slot != unset && slot != child) refuse(name, "two paths of the wavelet tree meet");
      slot = child;
      steps_.push_back(step);
    }
  }
};

}  // namespace mnemic
