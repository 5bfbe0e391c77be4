// The shape of a 4-ary Huffman tree: which branches lead from the root to each symbol.
//
// D. A. Huffman, A Method for the Construction of Minimum-Redundancy Codes, Proceedings of the IRE
// 40, 1952.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <queue>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

namespace mnemic {

// Paths as arrays: those of symbol s are steps[starts[s]] .. steps[starts[s + 1]], each the number
// of a node times four plus the branch. Nodes are numbered from the root, 0.
struct QuadShape {
  std::vector<std::uint32_t> starts;
  std::vector<std::uint16_t> steps;
  std::size_t nodes = 0;
};

class QuadShaper {
 public:
  explicit QuadShaper(std::span<const std::uint32_t> counts) : counts_(counts) {}

  QuadShape shape() {
    join();
    std::vector<std::vector<std::uint16_t>> paths(counts_.size());
    if (!inner_.empty()) descend(static_cast<int>(inner_.size()) - 1, {}, paths);
    QuadShape shape;
    shape.nodes = numbered_;
    shape.starts.push_back(0);
    for (const auto& path : paths) {
      shape.steps.insert(shape.steps.end(), path.begin(), path.end());
      shape.starts.push_back(static_cast<std::uint32_t>(shape.steps.size()));
    }
    return shape;
  }

 private:
  static constexpr int none = -1;
  // A leaf is the number of its symbol; an inner node is below none.
  static constexpr int inner_name(std::size_t number) { return -2 - static_cast<int>(number); }
  using Item = std::pair<std::uint64_t, int>;

  std::span<const std::uint32_t> counts_;
  std::vector<std::array<int, 4>> inner_;
  std::size_t numbered_ = 0;

  void join() {
    // The number in the pair makes the tree the same on every machine.
    std::priority_queue<Item, std::vector<Item>, std::greater<>> heap;
    for (std::size_t symbol = 0; symbol < counts_.size(); ++symbol)
      if (counts_[symbol] > 0) heap.emplace(counts_[symbol], static_cast<int>(symbol));
    if (heap.empty()) return;
    std::size_t take = heap.size() == 1 ? 1 : 2 + (heap.size() - 2) % 3;
    do {
      std::array<int, 4> children{none, none, none, none};
      std::uint64_t weight = 0;
      for (std::size_t i = 0; i < take; ++i) {
        weight += heap.top().first;
        children[i] = heap.top().second;
        heap.pop();
      }
      inner_.push_back(children);
      heap.emplace(weight, inner_name(inner_.size() - 1));
      take = 4;
    } while (heap.size() > 1);
  }

  void descend(int inner, std::vector<std::uint16_t> path,
               std::vector<std::vector<std::uint16_t>>& paths) {
    const auto number = static_cast<std::uint16_t>(numbered_++);
    path.push_back(0);
    for (std::size_t branch = 0; branch < 4; ++branch) {
      const int child = inner_[static_cast<std::size_t>(inner)][branch];
      path.back() = static_cast<std::uint16_t>(number * 4 + branch);
      if (child >= 0) paths[static_cast<std::size_t>(child)] = path;
      else if (child != none) descend(-2 - child, path, paths);
    }
  }
};

}  // namespace mnemic
