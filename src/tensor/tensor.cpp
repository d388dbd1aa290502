#include "tern/tensor.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "base/check.h"
#include "base/errors.h"
#include "tensor/element.h"
#include "tensor/memory_budget.h"

namespace tern {
namespace {

constexpr std::align_val_t kAlignment{64};
constexpr std::size_t kHugePage = std::size_t{2} << 20;

// Elements with constructors: strings, and the tensors in containers.
template <class T>
std::shared_ptr<void> allocate_objects(std::int64_t count) {
  auto* objects = new (std::nothrow) T[static_cast<std::size_t>(count)];
  if (objects == nullptr) return nullptr;
  return {objects, [](void* p) { delete[] static_cast<T*>(p); }};
}

bool holds_objects(DType dtype) { return dtype == DType::kString || is_container(dtype); }

// A large tensor stands on huge pages as far as it fills them: the first touch of its memory then
// costs a fifth, and products that walk through weights miss the TLB far less often.
std::shared_ptr<void> allocate_huge(std::size_t bytes) {
  constexpr std::align_val_t kHugeAlignment{kHugePage};
  void* data = ::operator new((bytes + 63) / 64 * 64, kHugeAlignment, std::nothrow);
  if (data == nullptr) return nullptr;
  ::madvise(data, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);  // a wish: failing is no failure
  return {data, [](void* p) { ::operator delete(p, kHugeAlignment); }};
}

std::shared_ptr<void> allocate_bytes(std::size_t bytes) {
  if (bytes >= 2 * kHugePage) return allocate_huge(bytes);
  // Kernels may read a whole vector at the end of a row: round up to a cache line.
  void* data = ::operator new((bytes + 63) / 64 * 64, kAlignment, std::nothrow);
  if (data == nullptr) return nullptr;
  return {data, [](void* p) { ::operator delete(p, kAlignment); }};
}

std::shared_ptr<void> allocate(DType dtype, std::int64_t count) {
  if (dtype == DType::kString) return allocate_objects<std::string>(count);
  if (is_container(dtype)) return allocate_objects<Tensor>(count);
  return allocate_bytes(storage_bytes(dtype, count));
}

// What counts against a budget: the blocks of allocate_bytes, so that a crowd of scalars is seen.
std::size_t budget_bytes(DType dtype, std::int64_t count) {
  std::size_t bytes = storage_bytes(dtype, count);
  if (dtype == DType::kString) bytes = static_cast<std::size_t>(count) * sizeof(std::string);
  if (is_container(dtype)) bytes = static_cast<std::size_t>(count) * sizeof(Tensor);
  return std::max<std::size_t>(64, (bytes + 63) / 64 * 64);
}

// The same storage; `budget` gets `bytes` back when it is freed.
std::shared_ptr<void> charged(std::shared_ptr<void> storage, std::shared_ptr<MemoryBudget> budget,
                              std::size_t bytes) {
  void* const data = storage.get();
  return {data, [storage = std::move(storage), budget = std::move(budget), bytes](void*) mutable {
            storage.reset();
            budget->give_back(bytes);
          }};
}

}  // namespace

Result<Tensor> Tensor::uninitialized(DType dtype, const Shape& shape) {
  TERN_ASSIGN_OR_RETURN(const Shape checked, Shape::from(shape.dims()));
  if (bit_width(dtype) == 0) return invalid_argument("a tensor needs an element type");
  constexpr std::int64_t kMaxBytes = std::int64_t{1} << 46;  // beyond any machine's memory
  if (checked.elements() > kMaxBytes / std::max(1, bit_width(dtype) / 8)) {
    return resource_exhausted("a tensor {}{} does not fit in memory", tern::to_string(dtype),
                              shape.to_string());
  }
  Tensor t;
  t.dtype_ = dtype;
  t.shape_ = checked;
  const std::shared_ptr<MemoryBudget>& budget = BudgetScope::current();
  const std::size_t counted = budget == nullptr ? 0 : budget_bytes(dtype, checked.elements());
  if (budget != nullptr && !budget->take(counted)) {
    return resource_exhausted("a tensor {}{} of {} bytes: {} of {} bytes are in use",
                              tern::to_string(dtype), shape.to_string(), counted, budget->used(),
                              budget->limit());
  }
  t.owner_ = allocate(dtype, checked.elements());
  if (t.owner_ == nullptr) {
    if (budget != nullptr) budget->give_back(counted);
    return resource_exhausted("no memory for {} bytes of a tensor {}{}", t.bytes(),
                              tern::to_string(dtype), shape.to_string());
  }
  if (budget != nullptr) t.owner_ = charged(std::move(t.owner_), budget, counted);
  t.data_ = t.owner_.get();
  return t;
}

Result<Tensor> Tensor::zeros(DType dtype, const Shape& shape) {
  TERN_ASSIGN_OR_RETURN(Tensor t, uninitialized(dtype, shape));
  if (!holds_objects(dtype)) std::memset(t.data_, 0, t.bytes());
  return t;
}

template <class T>
Result<Tensor> Tensor::from(const Shape& shape, std::span<const T> values) {
  if (static_cast<std::int64_t>(values.size()) != shape.elements()) {
    return invalid_argument("{} values for shape {}", values.size(), shape.to_string());
  }
  TERN_ASSIGN_OR_RETURN(Tensor t, uninitialized(dtype_of<T>(), shape));
  std::copy(values.begin(), values.end(), t.mutable_data<T>());
  return t;
}

template <class T>
Tensor Tensor::scalar(T value) {
  const BudgetScope unlimited(nullptr);  // scalar and vector do not fail
  return std::move(from<T>({}, std::span<const T>(&value, 1))).value();
}

template <class T>
Tensor Tensor::vector(std::span<const T> values) {
  const BudgetScope unlimited(nullptr);
  return std::move(from<T>({static_cast<std::int64_t>(values.size())}, values)).value();
}

#define TERN_INSTANTIATE(T)                                                  \
  template Result<Tensor> Tensor::from<T>(const Shape&, std::span<const T>); \
  template Tensor Tensor::scalar<T>(T);                                      \
  template Tensor Tensor::vector<T>(std::span<const T>);
TERN_INSTANTIATE(float)
TERN_INSTANTIATE(double)
TERN_INSTANTIATE(std::int8_t)
TERN_INSTANTIATE(std::int16_t)
TERN_INSTANTIATE(std::int32_t)
TERN_INSTANTIATE(std::int64_t)
TERN_INSTANTIATE(std::uint8_t)
TERN_INSTANTIATE(std::uint16_t)
TERN_INSTANTIATE(std::uint32_t)
TERN_INSTANTIATE(std::uint64_t)
TERN_INSTANTIATE(bool)
TERN_INSTANTIATE(std::string)
TERN_INSTANTIATE(Float16)
TERN_INSTANTIATE(BFloat16)
#undef TERN_INSTANTIATE

Tensor Tensor::container(DType kind, std::vector<Tensor> items) {
  TERN_CHECK(is_container(kind), "{} is no container", tern::to_string(kind));
  const auto count = static_cast<std::int64_t>(items.size());
  Tensor t = view(kind, {count}, nullptr);
  if (count == 0) return t;
  auto owner = std::make_shared<std::vector<Tensor>>(std::move(items));
  t.data_ = owner->data();
  t.owner_ = std::shared_ptr<void>(std::move(owner), t.data_);
  return t;
}

std::span<const Tensor> Tensor::items() const {
  TERN_CHECK(is_container(dtype_), "a tensor of {} has no items", tern::to_string(dtype_));
  return {static_cast<const Tensor*>(data_), static_cast<std::size_t>(elements())};
}

std::span<Tensor> Tensor::mutable_items() {
  const std::span<const Tensor> fixed = items();
  return {const_cast<Tensor*>(fixed.data()), fixed.size()};
}

Tensor Tensor::view(DType dtype, const Shape& shape, void* data, std::shared_ptr<void> owner) {
  Tensor t;
  t.dtype_ = dtype;
  t.shape_ = shape;
  t.data_ = data;
  t.owner_ = std::move(owner);
  return t;
}

Result<Tensor> Tensor::reshape(const Shape& shape) const {
  if (shape.elements() != elements()) {
    return invalid_argument("cannot reshape {} to {}", shape_.to_string(), shape.to_string());
  }
  Tensor t = *this;
  t.shape_ = shape;
  return t;
}

Result<Tensor> Tensor::slice(std::int64_t begin, std::int64_t end) const {
  if (rank() == 0 || begin < 0 || begin > end || end > dim(0)) {
    return out_of_range("rows [{}, {}) of a tensor {}", begin, end, shape_.to_string());
  }
  const std::int64_t row = shape_.elements(1, rank());
  const std::int64_t offset_bits = begin * row * bit_width(dtype_);
  if (offset_bits % 8 != 0) {
    return invalid_argument("row {} of {}{} does not start at a byte", begin,
                            tern::to_string(dtype_), shape_.to_string());
  }
  Tensor t = *this;
  t.shape_[0] = end - begin;
  t.data_ = static_cast<std::byte*>(data_) + offset_bits / 8;
  return t;
}

Result<Tensor> Tensor::clone() const {
  TERN_ASSIGN_OR_RETURN(Tensor t, uninitialized(dtype_, shape_));
  if (dtype_ == DType::kString) {
    std::copy_n(data<std::string>(), elements(), t.mutable_data<std::string>());
  } else if (is_container(dtype_)) {
    for (std::int64_t i = 0; i < elements(); ++i) {
      const Tensor& item = items()[static_cast<std::size_t>(i)];
      if (!item.defined()) continue;
      TERN_ASSIGN_OR_RETURN(t.mutable_items()[static_cast<std::size_t>(i)], item.clone());
    }
  } else if (bytes() > 0) {
    std::memcpy(t.data_, data_, bytes());
  }
  return t;
}

std::string Tensor::to_string(std::int64_t max_elements) const {
  if (!defined()) return "undefined";
  std::string text = fmt::format("{}{} {{", tern::to_string(dtype_), shape_.to_string());
  const std::int64_t shown = std::min(max_elements, elements());
  for (std::int64_t i = 0; i < shown; ++i) {
    if (i > 0) text += ", ";
    text += element_to_string(*this, i);
  }
  if (shown < elements()) text += ", ...";
  return text + "}";
}

void Tensor::check_type(DType wanted) const {
  TERN_CHECK(wanted == dtype_, "a tensor of {} was read as {}", tern::to_string(dtype_),
             tern::to_string(wanted));
}

bool identical(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || !(a.shape() == b.shape())) return false;
  if (!a.defined()) return true;
  if (a.dtype() == DType::kString) {
    return std::ranges::equal(a.span<std::string>(), b.span<std::string>());
  }
  if (is_container(a.dtype())) return std::ranges::equal(a.items(), b.items(), identical);
  const auto bits =
      static_cast<std::size_t>(a.elements()) * static_cast<std::size_t>(bit_width(a.dtype()));
  const std::size_t whole = bits / 8;
  if (whole > 0 && std::memcmp(a.raw(), b.raw(), whole) != 0) return false;
  // Bits behind the last packed element mean nothing.
  if (bits % 8 == 0) return true;
  const unsigned last = static_cast<const unsigned char*>(a.raw())[whole] ^
                        static_cast<const unsigned char*>(b.raw())[whole];
  return (last & ((1U << bits % 8) - 1)) == 0;
}

}  // namespace tern
