// InputBuffer: bytes that have arrived on a connection and were not consumed yet.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace tern::net {

class InputBuffer {
 public:
  std::string_view view() const { return {data_.get() + begin_, end_ - begin_}; }
  std::size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }

  void consume(std::size_t bytes) {
    begin_ += bytes;
    if (begin_ == end_) begin_ = end_ = 0;
  }

  /// Room for at least `bytes` more behind the unconsumed ones; commit() what was filled. Bytes may
  /// be consumed in between, while a read into the room is under way.
  std::span<char> prepare(std::size_t bytes) {
    if (capacity_ - end_ < bytes) make_room(bytes);
    prepared_ = end_;
    return {data_.get() + end_, capacity_ - end_};
  }
  void commit(std::size_t bytes) {
    if (empty()) begin_ = prepared_;
    end_ = prepared_ + bytes;
  }

  /// Gives the memory back when nothing is waiting in it.
  void release() {
    if (empty()) *this = InputBuffer();
  }

 private:
  void make_room(std::size_t bytes) {
    const std::size_t waiting = size();
    const std::size_t wanted = waiting + bytes;
    if (wanted > capacity_) {
      auto grown = std::make_unique_for_overwrite<char[]>(wanted);
      if (waiting > 0) std::memcpy(grown.get(), data_.get() + begin_, waiting);
      data_ = std::move(grown);
      capacity_ = wanted;
    } else if (waiting > 0) {
      std::memmove(data_.get(), data_.get() + begin_, waiting);
    }
    begin_ = 0;
    end_ = waiting;
  }

  std::unique_ptr<char[]> data_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t prepared_ = 0;  // where the room began
};

}  // namespace tern::net
