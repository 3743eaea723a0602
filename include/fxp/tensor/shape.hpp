// Shapes of tensors: up to four extents, row-major.
#pragma once

#include "fxp/tensor/error.hpp"

#include <array>
#include <cstddef>
#include <initializer_list>
#include <string>

namespace fxp {

/// Extents of a tensor of rank 0 (a scalar) to 4. The last axis is contiguous in memory.
class Shape {
  public:
    static constexpr std::size_t max_rank = 4; ///< most extents
    /// No tensor of more elements is meant; up to here no product of extents overflows.
    static constexpr std::size_t max_size = std::size_t{1} << (sizeof(std::size_t) < 8 ? 30 : 48);

    Shape() = default;
    /// Throws ShapeError above rank 4, and when the extents other than 0 multiply to more than max_size.
    Shape(std::initializer_list<std::size_t> extents) : Shape(extents.begin(), extents.size()) {}
    Shape(const std::size_t* extents, std::size_t rank) : rank_(rank) {
        if (rank > max_rank) {
            throw ShapeError("shape: rank " + std::to_string(rank) + " is not supported, expected at most 4");
        }
        for (std::size_t i = 0; i < rank; ++i) extents_[i] = extents[i];
        std::size_t rest = max_size;
        for (std::size_t i = 0; i < rank; ++i) {
            if (extents_[i] > rest) {
                throw ShapeError("shape: " + to_string() + " has too many elements, expected at most " +
                                 std::to_string(max_size));
            }
            if (extents_[i] > 1) rest /= extents_[i];
        }
    }

    /// Number of extents.
    std::size_t rank() const { return rank_; }
    /// The extent of an axis below rank(); not checked. What is assigned must keep size() within max_size.
    /// @{
    std::size_t operator[](std::size_t axis) const { return extents_[axis]; }
    std::size_t& operator[](std::size_t axis) { return extents_[axis]; }
    /// @}
    /// Number of elements; 1 for a scalar.
    std::size_t size() const { return product(0, rank_); }
    /// Product of the extents of axes [begin, end).
    std::size_t product(std::size_t begin, std::size_t end) const {
        std::size_t result = 1;
        for (std::size_t i = begin; i < end; ++i) result *= extents_[i];
        return result;
    }

    friend bool operator==(const Shape& a, const Shape& b) {
        if (a.rank_ != b.rank_) return false;
        for (std::size_t i = 0; i < a.rank_; ++i) {
            if (a.extents_[i] != b.extents_[i]) return false;
        }
        return true;
    }

    /// For messages, as in "(10, 128)".
    std::string to_string() const {
        std::string text = "(";
        for (std::size_t i = 0; i < rank_; ++i) text += (i == 0 ? "" : ", ") + std::to_string(extents_[i]);
        return text + ")";
    }

  private:
    std::array<std::size_t, max_rank> extents_{};
    std::size_t rank_ = 0;
};

/// Throws ShapeError unless axis < shape.rank().
inline void check_axis(const char* operation, const Shape& shape, std::size_t axis) {
    if (axis < shape.rank()) return;
    throw ShapeError(std::string(operation) + ": axis " + std::to_string(axis) + " of a tensor of shape " +
                     shape.to_string() + ", expected an axis below " + std::to_string(shape.rank()));
}

/// The shape that two operands share, where an extent of 1 (or a scalar) stretches to the other's.
/// Throws ShapeError when they do not fit.
inline Shape broadcast(const char* operation, const Shape& a, const Shape& b) {
    if (a == b || b.size() == 1) return a.size() == 1 && b.rank() > a.rank() ? b : a;
    if (a.size() == 1) return b;
    bool fits = a.rank() == b.rank();
    Shape result = a;
    for (std::size_t i = 0; fits && i < a.rank(); ++i) {
        fits = a[i] == b[i] || a[i] == 1 || b[i] == 1;
        result[i] = a[i] == 1 ? b[i] : a[i];
    }
    if (fits) return result;
    throw ShapeError(std::string(operation) + ": shapes " + a.to_string() + " and " + b.to_string() +
                     " do not fit, expected equal extents (or 1)");
}

} // namespace fxp
