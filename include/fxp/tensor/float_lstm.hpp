// The elements of an LSTM cell in floating point: the twin of lstm.hpp.
#pragma once

#include "fxp/tensor/float_tensor.hpp"
#include "fxp/tensor/lstm_activity.hpp"

#include <Eigen/Core>

#include <cstddef>

namespace fxp {

namespace detail {

template <class Real>
using RealRow = Eigen::Map<Eigen::Array<Real, Eigen::Dynamic, 1>>;
template <class Real>
using ConstRealRow = Eigen::Map<const Eigen::Array<Real, Eigen::Dynamic, 1>>;

template <class Real>
RealRow<Real> real_row(Real* data, std::size_t count) {
    return {data, static_cast<Eigen::Index>(count)};
}
template <class Real>
ConstRealRow<Real> real_row(const Real* data, std::size_t count) {
    return {data, static_cast<Eigen::Index>(count)};
}

} // namespace detail

/// As lstm_forward of FxpTensor. sigmoid and tanh: f(x, count, out) over contiguous reals.
template <class Real, class Sigmoid, class Tanh>
LstmMagnitudes lstm_forward(LstmActivity<FloatTensor<Real>>& cell, FloatTensor<Real>& c, FloatTensor<Real>& h,
                            const FloatTensor<Real>& z, const FloatTensor<Real>& c_prev, Sigmoid&& sigmoid,
                            Tanh&& tanh) {
    const std::size_t n = c_prev.size();
    cell.gates.resize(z.shape());
    cell.tanh_c.resize(c_prev.shape());
    c.resize(c_prev.shape());
    h.resize(c_prev.shape());
    sigmoid(z.data(), 3 * n, cell.gates.data());
    tanh(z.data() + 3 * n, n, cell.gates.data() + 3 * n);
    const auto gate = [&](std::size_t k) { return detail::real_row(cell.gates.data() + k * n, n); };
    detail::real_row(c.data(), n) = gate(0) * detail::real_row(c_prev.data(), n) + gate(1) * gate(3);
    tanh(c.data(), n, cell.tanh_c.data());
    detail::real_row(h.data(), n) = gate(2) * detail::real_row(cell.tanh_c.data(), n);
    return {largest_magnitude(z), largest_magnitude(c), largest_magnitude(h)};
}
template <class Real>
LstmMagnitudes lstm_forward(LstmActivity<FloatTensor<Real>>& cell, FloatTensor<Real>& c, FloatTensor<Real>& h,
                            const FloatTensor<Real>& z, const FloatTensor<Real>& c_prev) {
    return lstm_forward(
        cell, c, h, z, c_prev,
        [](const Real* x, std::size_t count, Real* y) {
            detail::real_row(y, count) = detail::real_row(x, count).logistic();
        },
        [](const Real* x, std::size_t count, Real* y) {
            detail::real_row(y, count) = detail::real_row(x, count).tanh();
        });
}

/// As lstm_backward of FxpTensor.
template <class Real>
LstmGradientMagnitudes lstm_backward(FloatTensor<Real>& dz, FloatTensor<Real>* dc_prev, const FloatTensor<Real>* dh,
                                     const FloatTensor<Real>* dc, const LstmActivity<FloatTensor<Real>>& cell,
                                     const FloatTensor<Real>& c_prev) {
    const std::size_t n = c_prev.size();
    dz.resize(cell.gates.shape());
    const auto gate = [&](std::size_t k) { return detail::real_row(cell.gates.data() + k * n, n); };
    const auto share = [&](std::size_t k) { return detail::real_row(dz.data() + k * n, n); };
    const auto f = gate(0);
    const auto i = gate(1);
    const auto o = gate(2);
    const auto g = gate(3);
    // The total gradient of C' stands where dg will: it is needed there last.
    auto total = share(3);
    if (dc == nullptr) {
        total.setZero();
    } else {
        total = detail::real_row(dc->data(), n);
    }
    if (dh == nullptr) {
        share(2).setZero();
    } else {
        const auto tanh_c = detail::real_row(cell.tanh_c.data(), n);
        const auto dh_row = detail::real_row(dh->data(), n);
        total += dh_row * o * ((Real{1} + tanh_c) * (Real{1} - tanh_c));
        share(2) = dh_row * tanh_c * (o * (Real{1} - o));
    }
    share(0) = total * detail::real_row(c_prev.data(), n) * (f * (Real{1} - f));
    share(1) = total * g * (i * (Real{1} - i));
    if (dc_prev != nullptr) {
        dc_prev->resize(c_prev.shape());
        detail::real_row(dc_prev->data(), n) = total * f;
    }
    total *= i * ((Real{1} + g) * (Real{1} - g));
    const auto largest = [](const FloatTensor<Real>* gradient) {
        return gradient == nullptr ? 0 : largest_magnitude(*gradient);
    };
    return {largest(dh), largest(dc)};
}

} // namespace fxp
