// Arrays: a shape and contiguous storage; what every kind of tensor is made of.
#pragma once

#include "fxp/tensor/shape.hpp"

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace fxp {

namespace detail {

/// Allocates from the beginning of a cache line: vector registers then load and store elements without crossing from
/// line to line, and no two tensors share one.
template <class T>
struct LineAllocator {
    using value_type = T;                   ///< of an allocator
    static constexpr std::size_t line = 64; ///< bytes
    static_assert(alignof(T) <= line);

    LineAllocator() = default;
    template <class U>
    LineAllocator(const LineAllocator<U>&) {}

    T* allocate(std::size_t count) {
        return static_cast<T*>(::operator new (count * sizeof(T), std::align_val_t{line}));
    }
    void deallocate(T* elements, std::size_t) { ::operator delete (elements, std::align_val_t{line}); }
    friend bool operator==(const LineAllocator&, const LineAllocator&) { return true; }
};

} // namespace detail

/// Row-major elements of a tensor. Value semantics; resizing keeps capacity, so a reused array allocates nothing.
template <class T>
class Array {
  public:
    using Element = T; ///< what it stores

    /// Empty, of shape (0).
    Array() = default;
    /// All elements zero.
    explicit Array(Shape shape) : shape_(shape), data_(shape.size()) {}

    Array(const Array&) = default;
    Array& operator=(const Array&) = default;
    /// Leaves the other one empty.
    Array(Array&& other) noexcept
        : shape_(std::exchange(other.shape_, Shape{0})), data_(std::exchange(other.data_, {})) {}
    Array& operator=(Array&& other) noexcept {
        shape_ = std::exchange(other.shape_, Shape{0});
        data_ = std::exchange(other.data_, {});
        return *this;
    }

    /// Extents.
    const Shape& shape() const { return shape_; }
    /// Number of elements.
    std::size_t size() const { return data_.size(); }
    /// The elements, row-major; valid until the array is resized, assigned or moved from.
    /// @{
    std::span<T> elements() { return data_; }
    std::span<const T> elements() const { return data_; }
    T* data() { return data_.data(); }
    const T* data() const { return data_.data(); }
    /// @}

    /// Takes a shape; the elements' values are then unspecified.
    void resize(const Shape& shape) {
        shape_ = shape;
        data_.resize(shape.size());
    }
    /// Sets every element.
    void fill(T value) { data_.assign(data_.size(), value); }

  protected:
    ~Array() = default;
    /// What the tensors' operator== means: same shape and elements.
    bool equals(const Array& other) const { return shape_ == other.shape_ && data_ == other.data_; }

  private:
    Shape shape_{0}; // no elements, until it takes a shape
    std::vector<T, detail::LineAllocator<T>> data_;
};

/// Gives `out` the format of `in` where formats are values of tensors (DynamicTensor); otherwise types have seen to it.
template <class Out, class In>
void adopt_format([[maybe_unused]] Out& out, [[maybe_unused]] const In& in) {
    if constexpr (requires { out.format = in.format; }) out.format = in.format;
}

/// Throws ArgumentError unless two operands whose formats are values have the same; otherwise types have seen to it.
template <class T>
void check_same_format([[maybe_unused]] const char* operation, [[maybe_unused]] const T& a,
                       [[maybe_unused]] const T& b) {
    if constexpr (requires(T & out) { out.format = a.format; }) {
        if (a.format == b.format) return;
        const auto text = [](const auto& format) {
            return "<" + std::to_string(format.int_bits) + ", " + std::to_string(format.frac_bits) + ">";
        };
        throw ArgumentError(std::string(operation) + ": formats " + text(a.format) + " and " + text(b.format) +
                            ", expected the same");
    }
}

/// Truth values, one byte each: what comparisons return and `where` selects by.
class BoolTensor : public Array<std::uint8_t> {
  public:
    using Array::Array;
    friend bool operator==(const BoolTensor& a, const BoolTensor& b) { return a.equals(b); }
};

} // namespace fxp
