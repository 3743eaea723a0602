// Eigen views of tensors.
#pragma once

#include "fxp/tensor/layout.hpp"

#include <Eigen/Core>
#include <cstddef>
#include <span>
#include <type_traits>

namespace fxp {

/// The row-major Eigen view of a tensor of rank 2 (rank 1: one column). Shares memory; valid until the tensor changes
/// shape. For an FxpTensor the elements are its raw integers. Throws ShapeError for other ranks.
template <AnyTensor T>
auto as_eigen(T& tensor) {
    using Element = std::remove_cv_t<typename T::Element>;
    using Matrix = Eigen::Matrix<Element, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    using Maybe = std::conditional_t<std::is_const_v<T>, const Matrix, Matrix>;
    const Shape& shape = tensor.shape();
    if (shape.rank() != 1 && shape.rank() != 2) {
        throw ShapeError("as_eigen: shape " + shape.to_string() + ", expected rank 1 or 2");
    }
    const auto rows = static_cast<Eigen::Index>(shape[0]);
    const auto columns = static_cast<Eigen::Index>(shape.rank() == 2 ? shape[1] : 1);
    return Eigen::Map<Maybe>(tensor.data(), rows, columns);
}

/// A tensor of rank 2 from an Eigen expression of reals, through the quantize door T::from_real (rounded half to even
/// and counted for an FxpTensor). Throws as T::from_real does.
template <AnyTensor T, class Derived, class... Context>
T from_eigen(const Eigen::DenseBase<Derived>& values, const Context&... context) {
    using Real = typename Derived::Scalar;
    using Matrix = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const Matrix rows = values.derived();
    const Shape shape{static_cast<std::size_t>(rows.rows()), static_cast<std::size_t>(rows.cols())};
    return T::from_real(shape, std::span<const Real>(rows.data(), shape.size()), context...);
}

} // namespace fxp
